"""Reports as pages: which commands there are, what they can be asked, and a server of them."""
