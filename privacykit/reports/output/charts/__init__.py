"""Charts of tables as accessible SVG: bars, lines, a matrix, a funnel; no library, no script."""
