internal import Model

extension ProwziError.Code {
  static let unknownCommand: Self = "usage.unknown_command"
  static let missingCommand: Self = "usage.missing_command"
  static let unknownOption: Self = "usage.unknown_option"
  static let missingValue: Self = "usage.missing_value"
  static let unexpectedValue: Self = "usage.unexpected_value"
  static let repeatedOption: Self = "usage.repeated_option"
  static let missingOption: Self = "usage.missing_option"
  static let missingArgument: Self = "usage.missing_argument"
  static let extraArgument: Self = "usage.extra_argument"
  static let badValue: Self = "usage.bad_value"
}
