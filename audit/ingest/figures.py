"""Numbers in tables of figures."""

import polars as pl


def whole(text: pl.Expr) -> pl.Expr:
    """A whole number from cleaned text: 1,234 · 12.0 · 35人; null for a broken number or anything else."""
    value = _plain(text).str.replace(r"^([+-]?[0-9]+)\.0*$", "$1")
    return pl.when(value.str.contains(r"^[+-]?[0-9]{1,15}$")).then(value.cast(pl.Int64, strict=False))


def real(text: pl.Expr) -> pl.Expr:
    """A number from cleaned text, percent or per mille sign and thousands separators allowed; null for anything else.

    >>> pl.select(real(pl.lit("98.5%"))).item(), pl.select(real(pl.lit("1,234.5"))).item()
    (98.5, 1234.5)
    """
    value = _plain(text)
    return pl.when(value.str.contains(r"^[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]{1,3})?$")).then(
        value.cast(pl.Float64, strict=False)
    )


def _plain(text: pl.Expr) -> pl.Expr:
    text = text.str.to_lowercase().str.replace_all(r"\s", "").str.replace_all("−", "-", literal=True)
    text = text.str.replace(r"(?:%|‰|人|名|例|个|户|岁|次)$", "")
    grouped = text.str.contains(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$")
    return pl.when(grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text)
