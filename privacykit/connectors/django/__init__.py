"""
Django's models: what they say of fields and keys, for a data map, and erasure through the ORM.

Nothing here is imported before somebody asks for Django.
"""
