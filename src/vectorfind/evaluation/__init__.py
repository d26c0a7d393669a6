"""The field's figures of edits: over their strength, layer by layer, and who a face still is."""
