import Testing

@testable import Ledger

/// Exponential decay without a C library.
@Suite struct DecayTests {
    /// Powers of e, as tables have them.
    @Test(arguments: [
        (0, 1), (0.000_1, 0.999_900_004_999_833_3), (0.5, 0.606_530_659_712_633_4), (1, 0.367_879_441_171_442_3),
        (2, 0.135_335_283_236_612_7), (10, 4.539_992_976_248_485e-05), (100, 3.720_075_976_020_836e-44),
    ])
    func decaysAsTheExponentialFunction(_ constants: Double, _ expected: Double) {
        #expect(abs(decay(constants) / expected - 1) < 1e-10)
    }

    @Test func nothingIsLeftAfterAges() {
        #expect(decay(1e300) == 0)
        #expect(decay(.infinity) == 0)
    }
}
