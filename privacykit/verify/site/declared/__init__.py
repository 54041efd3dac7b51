"""The cookie declaration of a site: what is declared, and what a scan measured."""
