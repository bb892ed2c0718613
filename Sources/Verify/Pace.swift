import Wire

/// The waits of the cases: those of the plan, or shortened to the server's limits.
struct Pace: Hashable, Sendable {
    /// A wait: its length in the plan, and its actual length.
    struct Wait: Hashable, Sendable {
        var name: String
        var planned: Duration
        var actual: Duration
    }

    let isQuick: Bool
    /// The limits that the server announced; `nil` when it does not.
    let sessions: InitializeResult.Sessions?

    /// The pause of case 1.
    var pause: Wait {
        Wait(name: "case 1, the pause", planned: .milliseconds(2_500), actual: isQuick ? .zero : .milliseconds(2_500))
    }

    /// The pauses between the ten cycles of case 4.
    var cycles: [Duration] {
        isQuick
            ? (0..<10).map { .milliseconds([0, 1, 10, 100][$0 % 4]) } : (0..<10).map { .seconds($0 % 5 + 1) }
    }

    /// An absence shorter than the server's `brief`.
    var brief: Wait {
        let planned = Duration.seconds(15)
        guard isQuick, let sessions else { return Wait(name: "case 5, brief", planned: planned, actual: planned) }
        return Wait(
            name: "case 5, brief", planned: planned, actual: min(planned, .milliseconds(sessions.brief / 2)))
    }

    /// An absence longer than `brief`, in which the session does not expire.
    var medium: Wait {
        let planned = Duration.seconds(120)
        guard isQuick, let sessions else { return Wait(name: "case 5, medium", planned: planned, actual: planned) }
        let middle = sessions.brief + ((sessions.expire ?? sessions.brief * 3) - sessions.brief) / 2
        return Wait(name: "case 5, medium", planned: planned, actual: min(planned, .milliseconds(middle)))
    }

    /// An absence in which the session expires.
    ///
    /// - Throws: ``Trouble`` when the server keeps sessions for longer than the plan's ten minutes.
    func extended() throws -> Wait {
        let planned = Duration.seconds(600)
        guard let sessions else { return Wait(name: "case 5, extended", planned: planned, actual: planned) }
        guard let expire = sessions.expire.map({ Duration.milliseconds($0) }) else {
            throw Trouble("the sessions of this server never expire")
        }
        guard expire < planned else {
            throw Trouble(
                "the sessions of this server expire after \(Figures.duration(expire)), not within ten minutes")
        }
        let beyond = expire + min(.seconds(5), max(.milliseconds(500), expire / 10))
        return Wait(name: "case 5, extended", planned: planned, actual: isQuick ? min(planned, beyond) : planned)
    }

    /// The waits that are shorter than in the plan.
    var shortened: [Report.ShortenedWait] {
        let waits = [pause, brief, medium] + [try? extended()].compactMap { $0 }
        var shortened = waits.filter { $0.actual < $0.planned }.map { wait in
            Report.ShortenedWait(
                name: wait.name, planned: wait.planned.milliseconds, actual: wait.actual.milliseconds)
        }
        if isQuick {
            let longest = cycles.max() ?? .zero
            shortened.insert(
                .init(
                    name: "case 4, the longest of ten pauses", planned: 5_000, actual: longest.milliseconds),
                at: min(1, shortened.count))
        }
        return shortened
    }
}
