"""RFC 6962's tree in the RFC's own recursive words, with nothing but hashlib. Shares no code with the Swift tests, which compare with what it prints.

usage: tree.py SIZE...     leaf i is the decimal digits of i; for each size: root, every inclusion proof, every consistency proof.
"""

import hashlib
import sys


def leaf(data):
    return hashlib.sha256(b"\0" + data).digest()


def split(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def mth(d):
    if not d:
        return hashlib.sha256().digest()
    if len(d) == 1:
        return leaf(d[0])
    k = split(len(d))
    return hashlib.sha256(b"\1" + mth(d[:k]) + mth(d[k:])).digest()


def path(m, d):
    if len(d) <= 1:
        return []
    k = split(len(d))
    if m < k:
        return path(m, d[:k]) + [mth(d[k:])]
    return path(m - k, d[k:]) + [mth(d[:k])]


def subproof(m, d, known):
    if m == len(d):
        return [] if known else [mth(d)]
    k = split(len(d))
    if m <= k:
        return subproof(m, d[:k], known) + [mth(d[k:])]
    return subproof(m - k, d[k:], False) + [mth(d[:k])]


def main():
    for size in map(int, sys.argv[1:]):
        d = [str(i).encode() for i in range(size)]
        print("root", size, mth(d).hex())
        for m in range(size):
            print("inclusion", size, m, *(h.hex() for h in path(m, d)))
        for m in range(1, size + 1):
            print("consistency", size, m, *(h.hex() for h in subproof(m, d, True)))


main()
