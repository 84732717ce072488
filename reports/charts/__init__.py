"""Static charts: an Altair specification drawn to SVG when the report is written, coloured by the page's own variables."""
