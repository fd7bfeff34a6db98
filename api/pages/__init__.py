"""The web pages: a client of the API within its process. What a page can show or do, the API can."""
