"""Readers that turn saved files into plain records; they neither store nor send anything."""
