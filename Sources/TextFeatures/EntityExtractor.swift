import Model

/// Finds what a text names: by form (addresses, hashes, ids, links) and by name.
///
/// *Determinism*: a function of the tokens and the indexes. *Complexity*: linear in the text for a given set of names; a capitalised ambiguous
/// name costs one more pass.
public enum EntityExtractor {
  /// Fills `list` with the entities of a text.
  /// - Parameters:
  ///   - names: the curated names, which win where several indexes know the same words.
  ///   - learned: names seen as entities before.
  ///   - models: the names learned from model catalogues.
  public static func extract(
    from tokens: borrowing TokenList, names: NameIndex, learned: NameIndex, models: ModelNameIndex, into list: inout EntityList
  ) {
    list.removeAll()
    var nextLink = 0
    var index = 0
    let count = tokens.tokens.count
    while index < count {
      let token = tokens.tokens[index]
      if token.flags.contains(.inLink) {
        while nextLink < tokens.links.count, tokens.links[nextLink].range.lowerBound <= token.start {
          EntityPatterns.readLink(tokens, tokens.links[nextLink], &list)
          nextLink += 1
        }
        if token.flags.contains(.hasDigit) { _ = EntityPatterns.readForm(tokens, index, &list) }
        index += 1
        continue
      }
      if token.count >= 32 || !token.flags.isDisjoint(with: [.hasDigit, .capitalised, .hyphenAfter])
        || token.start > 0 && tokens.text[token.start - 1] == 0x24
        || token.end < tokens.text.count && (tokens.text[token.end] == 0x2F || tokens.text[token.end] == 0x3A)
      {
        let words = EntityPatterns.readForm(tokens, index, &list)
        if words > 0 {
          index += words
          continue
        }
      }
      index += readName(tokens, index, names, learned, models, &list)
    }
    list.sort()
  }

  /// Adds the longest name at `index`, and returns how many tokens it took, at least one.
  @inline(__always) private static func readName(
    _ tokens: borrowing TokenList, _ index: Int, _ names: NameIndex, _ learned: NameIndex, _ models: ModelNameIndex,
    _ list: inout EntityList
  ) -> Int {
    let curated = names.find(in: tokens, at: index)
    let seen = learned.count == 0 ? nil : learned.find(in: tokens, at: index)
    let model = models.count == 0 ? nil : models.names.find(in: tokens, at: index)
    let longest = max(curated?.words ?? 0, seen?.words ?? 0, model?.words ?? 0)
    guard longest > 0 else { return 1 }
    func add(_ match: NameIndex.Match, _ index: borrowing NameIndex, at first: Int) {
      let entry = index.entries[match.entry]
      let range = tokens.tokens[first].start..<tokens.tokens[first + match.words - 1].end
      list.add(entry.type, range) { $0.append(contentsOf: index.bytes[entry.identifier]) }
    }
    if let curated, curated.words == longest {
      add(curated, names, at: index)
    } else if let seen, seen.words == longest {
      add(seen, learned, at: index)
    } else if let model {
      // A learned model name of ordinary words, without a digit, must look like a name where it stands.
      add(model, models.names, at: index)
    }
    return longest
  }
}
