"""Recipients of personal data, who must be told, and how a request reaches them. Does I/O."""
