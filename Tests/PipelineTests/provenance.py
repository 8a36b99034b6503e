"""Reads PROV-JSON with the package prov and follows wasDerivedFrom from an entity to others.

Usage: provenance.py FILE ENTITY SOURCE…
Prints how many derivations lie between the entity and the first source; fails where a source is not reached, an entity of a relation is not
declared, or an activity has no agent.
"""
import sys
from collections import deque

import prov.model as model

document = model.ProvDocument.deserialize(sys.argv[1], format="json")
again = model.ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
assert again == document, "reading what was written gives another document"
assert document.get_provn(), "PROV-N can be written"

elements = {str(record.identifier): record for record in document.get_records(model.ProvElement)}
edges = {}
for record in document.get_records(model.ProvDerivation):
    generated, used = (str(value) for _, value in record.formal_attributes[:2])
    assert generated in elements and used in elements, f"{generated} or {used} is not declared"
    edges.setdefault(generated, []).append(used)

for kind in (model.ProvUsage, model.ProvGeneration, model.ProvAssociation, model.ProvAttribution):
    for record in document.get_records(kind):
        for _, value in record.formal_attributes[:2]:
            assert str(value) in elements, f"{record} names {value}, which is not declared"

associated = {str(record.formal_attributes[0][1]) for record in document.get_records(model.ProvAssociation)}
for name, record in elements.items():
    if isinstance(record, model.ProvActivity):
        assert name in associated, f"{name} has no agent"
        assert record.get_startTime() and record.get_endTime(), f"{name} has no times"

start, sources = sys.argv[2], sys.argv[3:]
distance = {start: 0}
queue = deque([start])
while queue:
    name = queue.popleft()
    for used in edges.get(name, []):
        if used not in distance:
            distance[used] = distance[name] + 1
            queue.append(used)
missing = [source for source in sources if source not in distance]
if missing:
    sys.exit(f"not derived from {missing}")
print(f"derived in {distance[sources[0]]} steps")
