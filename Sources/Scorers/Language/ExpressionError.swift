/// What is wrong with an expression, and at which byte of it.
struct ExpressionError: Error, Equatable {
  var message: String
  /// Counted from the beginning of the expression.
  var byte: Int
  var advice: String?

  init(_ message: String, at byte: Int, advice: String? = nil) {
    self.message = message
    self.byte = byte
    self.advice = advice
  }
}
