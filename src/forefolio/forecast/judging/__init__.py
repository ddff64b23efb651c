"""From scores to belief: what is compared, chosen, combined and explained."""
