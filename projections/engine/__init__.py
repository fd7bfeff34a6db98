"""What moves the views, builds them anew, and proves that they hold what the events say."""
