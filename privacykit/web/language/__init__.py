"""The languages of what visitors read: catalogues, and which of them a request asks for."""
