"""The authority's face: pass lines 合格线."""
