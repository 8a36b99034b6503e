import Model

/// The named values of a document's `let`, in an order in which each comes after those it reads.
struct Helpers: Sendable {
  struct Helper: Sendable {
    var name: String
    var syntax: Syntax
    var type: ValueType
    /// Those it reads itself, by position.
    var reads: [Int]
  }

  private(set) var all: [Helper] = []

  func index(of name: String) -> Int? { all.firstIndex { $0.name == name } }

  mutating func append(_ helper: Helper) { all.append(helper) }

  /// Those that an expression needs, with those that they need, in order.
  func needed(by syntax: Syntax) -> [Int] {
    var wanted = [Bool](repeating: false, count: all.count)
    for name in syntax.names { if let index = index(of: name) { wanted[index] = true } }
    // Each reads only earlier ones.
    for index in all.indices.reversed() where wanted[index] {
      for read in all[index].reads { wanted[read] = true }
    }
    return all.indices.filter { wanted[$0] }
  }

  /// Puts helpers in order.
  /// - Returns: their positions in `syntaxes`; or, where they go round in a circle, the names of the circle.
  static func order(_ syntaxes: [(name: String, syntax: Syntax)]) -> (order: [Int], circle: [String]?) {
    let reads = syntaxes.map { entry in
      let names = entry.syntax.names
      return syntaxes.indices.filter { names.contains(syntaxes[$0].name) }
    }
    return DependencyOrder.find(reads, names: syntaxes.map(\.name))
  }
}

/// Puts things after what they depend on.
enum DependencyOrder {
  /// - Parameter reads: by position, the positions each depends on.
  /// - Returns: an order; where there is none, the names of a circle, its first name once more at the end.
  static func find(_ reads: [[Int]], names: [String]) -> (order: [Int], circle: [String]?) {
    var order: [Int] = []
    var done = [Bool](repeating: false, count: reads.count)
    var path: [Int] = []
    var circle: [String]?
    func visit(_ index: Int) {
      if done[index] || circle != nil { return }
      if let start = path.firstIndex(of: index) {
        circle = path[start...].map { names[$0] } + [names[index]]
        return
      }
      path.append(index)
      for read in reads[index] { visit(read) }
      path.removeLast()
      done[index] = true
      order.append(index)
    }
    for index in reads.indices { visit(index) }
    return (order, circle)
  }
}

extension Syntax {
  /// The names it reads, in the order of the text, each once.
  var names: [String] {
    var found: [String] = []
    collect(&found)
    return found
  }

  private func collect(_ found: inout [String]) {
    switch form {
    case .number, .text, .boolean: break
    case .name(let name): if !found.contains(name) { found.append(name) }
    case .call(_, let arguments): for argument in arguments { argument.collect(&found) }
    case .negate(let inner), .not(let inner), .membership(let inner, _, _): inner.collect(&found)
    case .binary(_, let left, let right):
      left.collect(&found)
      right.collect(&found)
    case .choice(let condition, let first, let second):
      condition.collect(&found)
      first.collect(&found)
      second.collect(&found)
    }
  }
}
