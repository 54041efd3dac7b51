"""WSGI (PEP 3333): the edge and the rules of ASGI, in the words of a server's environ."""
