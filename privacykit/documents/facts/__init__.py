"""The facts of documents: activities, recipients, cookies, laws, read from what runs. Pure."""
