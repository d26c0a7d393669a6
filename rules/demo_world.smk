"""The embedded demo world: what resources/demo/ was made by; no other target asks for it."""
