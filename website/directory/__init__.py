"""The directory's pages: antennas, contacts, absences and opening hours, edited in the files that are the truth."""
