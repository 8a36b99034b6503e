import Model
import Pages

public struct ComparisonPage {
  public static func html(_ comparison: ScorerComparison) -> String { "" }
}
