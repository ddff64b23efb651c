"""Large money in short."""


def short_money(amount: float | None) -> str:
    """Money in millions or billions, such as 711 m."""
    if amount is None:
        return "any size"
    for unit, word in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if amount >= unit:
            return f"{amount / unit:,.3g} {word}"
    return f"{amount:,.0f}"
