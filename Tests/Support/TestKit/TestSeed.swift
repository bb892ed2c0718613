import Foundation

/// The number from which a random test draws everything.
///
/// Pass it as the comment of an expectation, `#expect(…, "\(seed)")`: the failure then prints the setting that makes
/// the run again.
public struct TestSeed: Hashable, Sendable, CustomStringConvertible {
    /// The environment variable that sets the seed.
    public static let variable = "BELAY_SEED"

    /// The number.
    public let rawValue: UInt64

    /// A seed of that number, for a case that once failed.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The seed of this run: what `BELAY_SEED` says, else a random one.
    ///
    /// A setting that is no number stops the run: to draw another seed silently would pass for a replay.
    public static let current: TestSeed = {
        guard let setting = ProcessInfo.processInfo.environment[variable] else {
            return TestSeed(UInt64.random(in: 1...UInt64.max))
        }
        guard let number = UInt64(setting) else { preconditionFailure("\(variable)=\(setting) is not a number") }
        return TestSeed(number)
    }()

    /// A source of random numbers that begins at the seed.
    ///
    /// - Parameter lane: Sources of different lanes differ, so that each run of a parameterised test has its own.
    public func generator(lane: UInt64 = 0) -> SplitMix64 {
        var lanes = SplitMix64(seed: rawValue ^ lane &* 0xD1B5_4A32_D192_ED03)
        return lanes.split()
    }

    /// The setting that makes the run again.
    public var description: String { "\(Self.variable)=\(rawValue)" }
}
