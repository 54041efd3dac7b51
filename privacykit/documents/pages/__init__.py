"""The pages of documents: one arrangement of lines and tables, as HTML or Markdown. Pure."""
