"""The site's way to the database (`database.storage`)."""

from database.storage import Storage as Storage
