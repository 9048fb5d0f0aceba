"""Training: from recordings of guitars to a released checkpoint. Imports hum2guitar, never the reverse."""
