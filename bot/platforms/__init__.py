"""Translators: what a person does on a platform becomes a call, a reply what the platform shows."""
