"""Providers of prices in the network: asked within their limits, believed only what is checked."""
