/// The sleeps that the tests have, and why each of them is no guess.
///
/// A test waits for an event with `eventually`, counts, or takes virtual time. What remains is time that itself is
/// tested, and the pauses of loops that look again.
enum SleepTable {
    /// How many sleeps a file may have, and why.
    struct Entry: Sendable {
        var count = 1
        var reason: String
    }

    static let allowed: [String: Entry] = [
        // Loops that look again
        "Tests/Support/TestKit/Eventually.swift": Entry(reason: "the pause between two looks, all within a bound"),
        "Tests/Support/ServerKit/ScriptedAgent.swift": Entry(reason: "the pause between two looks for the next step"),
        "Tests/NetworkTests/Stage.swift": Entry(reason: "the pause between two looks, which a figure is wrong by"),

        // Bounds that a test which passes does not reach
        "Tests/Support/ProgramKit/Child.swift": Entry(reason: "when a program that does not end is killed"),
        "Tests/AgentsTests/FailPointTests.swift": Entry(reason: "a step that lasts until it is cancelled"),

        // Time that is tested
        "Tests/EndToEndTests/AwayTests.swift": Entry(
            reason: "in which a connection that should have ended would have sent a prompt"),
        "Tests/EndToEndTests/SideBySideTests.swift": Entry(
            reason: "how long a process is stopped, on clocks that only the kernel moves"),
        "Tests/Support/ProgramKit/Screen.swift": Entry(
            reason: "the time in which keys are not for the question that has just got the focus"),
        "Tests/ReconnectionTests/ConsistencyTests.swift": Entry(reason: "the pauses that the customer's plan varies"),
        "Tests/ServerTests/RapidCycleTests.swift": Entry(reason: "the pauses between cycles, of several lengths"),
        "Tests/ServerTests/WindowTests.swift": Entry(reason: "until a server that reads ahead reads no more"),
        "Tests/ServerTests/HerdTests.swift": Entry(
            count: 2, reason: "the delays that a server tells its clients, and that of the product's own backoff"),
    ]
}
