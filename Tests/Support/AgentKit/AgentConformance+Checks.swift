import Agents
import TestKit
import Wire

/// The requirements, one by one.
extension AgentConformance {
    func checkOrder(_ reference: TestHost) async throws {
        try lawful(reference, "a turn")
        let host = TestHost(room: 1, isStuck: true)
        let session = try await open(host)
        try await drive(session, host)
        try same(host, reference, "on a slow disk")
    }

    func checkBarrier(_ reference: TestHost) async throws {
        let flushes = reference.calls.count { $0 == .flush }
        for served in 0...flushes {
            let host = TestHost(isStuck: true, flushesServed: served)
            let session = try await open(host)
            let reason = try await run(turn(), on: session, host) {
                guard served < flushes else { return }
                _ = await eventually { host.isFlushing || host.emissions == reference.emissions }
                let calls = host.calls
                await settle()
                try require(
                    !host.isFlushing || host.calls == calls, "it goes on while flush \(served + 1) waits for the disk")
                host.unstick()
            }
            try require(reason == .endTurn, "behind flush \(served) the turn ends with \(reason)")
            try same(host, reference, "stuck behind flush \(served)")
        }
    }

    func checkCancel(_ reference: TestHost) async throws {
        for number in 0...reference.emissions {
            let host = TestHost()
            let session = try await open(host)
            if number == 0 { session.cancel("turn") } else { host.onEmission(number) { session.cancel("turn") } }
            let reason = try await outcome(of: turn(), on: session, host)
            try require(
                reason == .cancelled || number == reference.emissions && reason == .endTurn,
                "cancelled behind emission \(number) it ends with \(reason)")
            try require(number > 0 || host.emissions == 0, "it says something in a turn that was cancelled before")
            try require(
                reference.bodies.starts(with: host.bodies), "cancelled behind emission \(number) it says something else"
            )
            // Late words would be of a turn that does not run any more.
            await settle()
            try lawful(host, "cancelled behind emission \(number)")
            try await end(of: turn("next"), on: session, host)
            try lawful(host, "the turn behind a cancelled one")
            await session.close()
        }
    }

    func checkDeath(_ reference: TestHost) async throws {
        for number in 0...reference.emissions {
            let recorded = try await recorded(through: number)
            try await goOn(from: recorded, reference, "from emission \(number)")
        }
    }

    /// What the journal has of a turn when the server dies behind an emission.
    private func recorded(through number: Int) async throws -> [Entry] {
        guard number > 0 else { return [] }
        let host = TestHost()
        let session = try await open(host)
        host.onEmission(number) { host.die() }
        _ = try? await outcome(of: turn(), on: session, host)
        await session.close()
        return host.entries
    }

    /// A server starts again, and the back end says whether it goes on.
    private func goOn(from recorded: [Entry], _ reference: TestHost, _ place: String) async throws {
        let host = TestHost(recorded: recorded)
        let session = try await open(host)
        switch try await session.resume(turn(recorded: recorded)) {
        case .ends(let sentence): try require(!sentence.isEmpty, "\(place): it ends without a reason")
        case .goesOn:
            try await end(of: turn(recorded: recorded), on: session, host)
            try same(host, reference, place)
        }
        await session.close()
    }

    func checkQuestions(_ reference: TestHost) async throws {
        let names = reference.questions
        try require(Set(names).count == names.count, "two questions of a turn have one name: \(names)")
        for name in names {
            let host = TestHost(question: name)
            let session = try await open(host)
            _ = try? await run(turn(), on: session, host) {
                _ = await eventually { host.wasAsked(name) }
                host.die()
            }
            await session.close()
            try require(host.wasAsked(name), "it does not ask '\(name)' each time")

            let recorded = host.entries
            let next = TestHost(recorded: recorded)
            let resumed = try await open(next)
            guard case .goesOn = try await resumed.resume(turn(recorded: recorded)) else { continue }
            try await end(of: turn(recorded: recorded), on: resumed, next)
            try require(next.wasAsked(name), "it does not ask '\(name)' again after a restart")
            try same(next, reference, "from the question '\(name)'")
            await resumed.close()
        }
    }

    func checkClosing(_ reference: TestHost) async throws {
        let idle = TestHost()
        try await close(try await open(idle), idle, "without a turn")
        for number in 1...reference.emissions {
            let host = TestHost()
            let session = try await open(host)
            let (reached, reach) = AsyncStream<Void>.makeStream()
            host.onEmission(number) { reach.finish() }
            _ = try? await run(turn(), on: session, host) {
                for await _ in reached {}
                try await close(session, host, "behind emission \(number)")
            }
            // What it was saying when it was closed may still come; when its turn has ended nothing does.
            let calls = host.calls
            await settle()
            try require(host.calls == calls, "closed behind emission \(number) it goes on")
            try lawful(host, "closed behind emission \(number)")
        }
    }

    private func close(_ session: any AgentSession, _ host: TestHost, _ place: String) async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        await session.close()
        let took = clock.now - begun
        try require(took < type(of: session).closeMaximum, "\(place): closing takes \(took)")
    }

    func checkBackPressure(_ reference: TestHost) async throws {
        let host = TestHost(room: 1, isStuck: true)
        let session = try await open(host)
        let reason = try await run(turn(), on: session, host) {
            try require(await eventually { host.waitingCount > 0 }, "it does not wait for its host")
            await settle()
            try require(host.emissions == 1, "it emits \(host.emissions) times where one fits")
            host.unstick()
        }
        try require(reason == .endTurn, "when there is room again the turn ends with \(reason)")
        try same(host, reference, "behind a host without room")
    }

    func checkOutside(_ reference: TestHost) async throws {
        for case .emit(let bodies, let turn) in reference.calls {
            try require(
                turn == nil || turn == "turn", "it emits \(bodies) in another turn, \(String(describing: turn))")
        }
        guard let speak else { return }
        let (host, agent) = (TestHost(), try make())
        let session = try await open(agent, host)
        try await speak(agent)
        try require(host.emissions > 0, "it says nothing outside of turns")
        try lawful(host, "outside of turns")
        try await end(of: turn(), on: session, host)
        try await speak(agent)
        try lawful(host, "between two turns")
        await session.close()
    }

    func checkExit(_ reference: TestHost) async throws {
        for case .exit in reference.calls { throw Broken(description: "it dies in a turn like any other") }
        guard let exiting else { return }
        let host = TestHost()
        let session = try await open(exiting(), host)
        do {
            let reason = try await outcome(of: turn(), on: session, host)
            try require(reason == .cancelled, "it dies, and its turn ends with \(reason)")
        } catch let broken as Broken {
            throw broken
        } catch {
            // The turn ends with an error: which is the back end's affair.
        }
        let exits = host.calls.count { call in
            if case .exit = call { true } else { false }
        }
        try require(exits == 1, "it says \(exits) times that it died")
        await settle()
        try lawful(host, "dead")
        await session.close()
    }

    /// Runs a turn to its end on a disk that writes whenever something waits for it.
    private func drive(_ session: any AgentSession, _ host: TestHost) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    if host.waitingCount > 0 { host.settle() }
                    await Task.yield()
                }
            }
            group.addTask { try await end(of: turn(), on: session, host) }
            // The disk never ends by itself, so the first to end is the turn.
            try await group.next()
            group.cancelAll()
        }
    }
}
