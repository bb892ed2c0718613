import Sync
import Wire

/// What the chat reports, and how long a run waits.
extension BatchEngine {
    mutating func handle(_ event: ClientEvent, at now: Instant) -> [BatchAction] {
        switch event {
        case .status(let status): return connection.changed(to: status, at: now).flatMap { heard($0, at: now) }
        case .entries(let entries):
            if case .queueing(let early) = stage { stage = .queueing(early: early + entries) }
            return follow { $0.take(entries) }
        case .replaced(let session): return prompt == nil ? [] : [.reread(session)]
        case .outbox(let items):
            return follow { prompt in
                items.filter { $0.id == prompt.id }.flatMap { prompt.changed(to: $0) }
            }
        case .adopted, .ended, .filled, .titled, .settled, .called, .callCancelled, .tookBack, .files, .sessions,
            .listed, .found, .path:
            return []
        case .notSent(_, let reason):
            return follow { prompt in
                prompt.refuse(reason)
                return []
            }
        case .expired:
            let old = chat.session.flatMap { options.resume.text(for: $0.rawValue) }
            let hint = old.map { "; `\($0)` shows the old one" } ?? ""
            return [.say("the session had expired; belay continues in a new, empty one\(hint)", verbosity: 0)]
        case .notice(let text): return [.say(text, verbosity: 0)]
        case .stopped(let cause): return stopped(cause)
        }
    }

    private mutating func stopped(_ cause: StopCause) -> [BatchAction] {
        switch cause {
        case .quit: finish(.software, cause.message)
        case .notAllowed: finish(.noPermission, cause.message)
        case .unknownSession: [.forget] + finish(.noUser, cause.message)
        case .superseded: finish(.unavailable, cause.message)
        case .protocolBroken: finish(.protocolError, cause.message)
        case .misconfigured: finish(.configuration, cause.message)
        }
    }

    private mutating func heard(_ news: BatchConnection.News, at now: Instant) -> [BatchAction] {
        switch news {
        case .unreachable(let failure): return [.say("not connected: \(failure); retrying", verbosity: 1)]
        case .lost(let reason): return [.lost(reason)]
        case .trouble(let failure):
            return [.say(failure, verbosity: 1)]
                + follow { prompt in
                    prompt.hold(at: now)
                    return []
                }
        case .opened: return [.identify]
        case .resumed(let resume): return [.resumed(resume)]
        }
    }

    /// Ends the run when something has taken too long.
    mutating func checkTime(at now: Instant) -> [BatchAction] {
        if let interruptedAt, now - interruptedAt >= BatchEngine.interruptTimeout { return interrupted() }
        if let timeout = options.timeout, now - begunAt >= timeout {
            let why = connection.offlineSince == nil ? "" : lastFailure
            return [.reportTimeout]
                + finish(
                    .temporaryFailure, "the time-out (--timeout) has passed\(why); \(collectHint)", isDetached: true)
        }
        guard let maximum = options.offlineMaximum else { return [] }
        if let since = prompt?.heldSince, now - since >= maximum {
            return finish(
                .unavailable, "\(connection.lastFailure ?? "the server does not accept the prompt"); \(collectHint)",
                isDetached: true)
        }
        // With `--max-offline 0` the first failure ends the run.
        if let since = connection.offlineSince, now - since >= maximum,
            maximum > .zero || connection.lastFailure != nil
        {
            return finish(
                .temporaryFailure,
                "no connection\(maximum > .zero ? " for \(maximum.milliseconds / 1_000) s" : "")\(lastFailure);"
                    + " \(collectHint)",
                isDetached: true)
        }
        return []
    }

    /// Why there is no connection, in parentheses; empty when it is not known.
    var lastFailure: String { connection.lastFailure.map { " (\($0))" } ?? "" }

    /// How to find what the run leaves behind.
    var collectHint: String {
        let command = options.resume.text(for: chat.session?.rawValue ?? chat.key)
        return "the prompt is safe" + (command.map { ", and `\($0)` resumes it" } ?? "")
    }
}
