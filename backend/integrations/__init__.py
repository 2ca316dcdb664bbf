"""Integrations: what others run for us, through thin clients over well-kept libraries."""
