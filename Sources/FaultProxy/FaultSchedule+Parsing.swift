import NIOCore
import Platform

/// A syntax error in a plan file, with what is allowed.
public struct FaultScheduleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number of the line, from 1; 0 for an action that is not from a file.
    public var line: Int
    /// What is wrong, and what is allowed instead.
    public var problem: String

    /// The error as one sentence, with the number of the line.
    public var description: String { line > 0 ? "line \(line): \(problem)" : problem }
}

/// The syntax of a plan file: one step per line, comments after `#`.
///
///     TIME ACTION            once, at this time after the start
///     +TIME ACTION           once, this long after the step before
///     every TIME ACTION      repeatedly
///     at COUNT bytes cut     after this many bytes to a connection's client
extension FaultSchedule {
    /// The most lines of a plan file.
    public static let linesMaximum = 10_000
    /// The shortest period of a repeated step.
    public static let periodMinimum = Duration.milliseconds(10)

    static let moments = "TIME, +TIME, every TIME or at COUNT bytes, with a TIME such as 250ms, 2s or 1m"
    static let actions =
        "cut, reset, blackhole [toClient|toServer|both], heal, delay TIME, throttle BYTES, refuse, portal or"
        + " switch [ADDRESS]"

    /// Parses a plan file.
    ///
    /// - Throws: ``FaultScheduleError`` for the first line that is wrong.
    public init(parsing text: String) throws(FaultScheduleError) {
        var steps: [Step] = []
        var previous = Duration.zero
        let lines = TextLines.split(text)
        guard lines.count <= FaultSchedule.linesMaximum else {
            throw FaultScheduleError(
                line: FaultSchedule.linesMaximum + 1, problem: "a plan has at most \(FaultSchedule.linesMaximum) lines")
        }
        for (index, line) in lines.enumerated() {
            let words = FaultSchedule.words(line[...])
            guard !words.isEmpty else { continue }
            do throws(FaultScheduleError) {
                let step = try FaultSchedule.step(words, after: previous)
                if step.period == nil { previous = step.moment }
                steps.append(step)
            } catch {
                throw FaultScheduleError(line: index + 1, problem: error.problem)
            }
        }
        self.init(steps)
    }

    /// Parses an action alone, such as `blackhole toClient`.
    ///
    /// - Throws: ``FaultScheduleError`` with line 0.
    public static func fault(parsing text: String) throws(FaultScheduleError) -> Fault { try fault(words(text[...])) }

    private static func words(_ line: Substring) -> [Substring] {
        line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
    }

    private static func step(_ words: [Substring], after previous: Duration) throws(FaultScheduleError) -> Step {
        let first = words[0]
        if first == "at" { return Step(moment: .zero, fault: try cutAfter(words.dropFirst())) }
        if first == "every" {
            guard words.count > 1, let period = FaultTime.parse(words[1]), period >= periodMinimum else {
                throw wrong("'every' needs a time of at least \(FaultTime.text(periodMinimum)), as in: every 3s cut")
            }
            return Step(moment: period, period: period, fault: try fault(Array(words.dropFirst(2))))
        }
        let isRelative = first.hasPrefix("+")
        guard let time = FaultTime.parse(isRelative ? first.dropFirst() : first) else {
            throw wrong("'\(first)' is not the time of a step; allowed are \(moments)")
        }
        return Step(moment: isRelative ? previous + time : time, fault: try fault(Array(words.dropFirst())))
    }

    private static func cutAfter(_ words: ArraySlice<Substring>) throws(FaultScheduleError) -> Fault {
        guard let count = words.first.flatMap({ Int($0) }), count >= 0,
            ["bytes", "byte"].contains(words.dropFirst().first), words.dropFirst(2) == ["cut"]
        else { throw wrong("'at' needs a number of bytes and a cut, as in: at 4096 bytes cut") }
        return .cutAfter(bytesToClient: count)
    }

    private static func fault(_ words: [Substring]) throws(FaultScheduleError) -> Fault {
        guard let name = words.first else { throw wrong("the action is missing; allowed are \(actions)") }
        guard words.count <= 2 else { throw wrong("'\(words[2])' is not allowed after '\(name) \(words[1])'") }
        let argument = words.dropFirst().first
        switch name {
        case "blackhole":
            guard let argument else { return .blackhole(.both) }
            guard let direction = FaultPlan.Direction(rawValue: String(argument)) else {
                throw wrong("'\(argument)' is not a direction; allowed are toClient, toServer and both")
            }
            return .blackhole(direction)
        case "delay":
            guard let time = argument.flatMap({ FaultTime.parse($0) }) else {
                throw wrong("'delay' needs a time, as in: delay 200ms")
            }
            return .delay(time)
        case "throttle":
            guard let rate = argument.flatMap({ Int($0) }), rate > 0 else {
                throw wrong("'throttle' needs bytes per second, as in: throttle 1000")
            }
            return .throttle(bytesPerSecond: rate)
        case "switch":
            guard let argument else { return .switchAddress(nil) }
            guard isAddress(argument) else {
                throw wrong("'\(argument)' is not an IP address, as in: switch 127.0.0.2")
            }
            return .switchAddress(String(argument))
        default:
            guard let fault = plain[String(name)] else {
                throw wrong("'\(name)' is not an action; allowed are \(actions)")
            }
            if let argument { throw wrong("'\(argument)' is not allowed after '\(name)'") }
            return fault
        }
    }

    private static let plain: [String: Fault] = [
        "cut": .cut, "reset": .reset, "heal": .heal, "refuse": .refuse, "portal": .captivePortal,
    ]

    private static func isAddress(_ text: Substring) -> Bool {
        (try? SocketAddress(ipAddress: String(text), port: 0)) != nil
    }

    private static func wrong(_ problem: String) -> FaultScheduleError { FaultScheduleError(line: 0, problem: problem) }
}
