import Testing

/// The customer's five cases, one after the other: they measure, and must not measure each other.
@Suite("The customer's test plan", .serialized)
enum CustomerPlan {}
