import Sync
import Testing
import Wire

@testable import Client

/// Each state of ``BatchConnection`` and what the user hears of each status. The run began at 0 ms.
@Suite struct BatchConnectionTests {
    typealias Moments = BatchMoments

    enum Stage: CaseIterable { case first, live, lost }

    private static func connection(_ stage: Stage, failure: String? = nil) -> BatchConnection {
        var connection = BatchConnection(at: .zero)
        if stage != .first {
            #expect(connection.changed(to: Moments.status(.live), at: Moments.at(100)) == [.opened])
        }
        if stage == .lost {
            let lost = Moments.status(Moments.offline, failure: "reset")
            #expect(connection.changed(to: lost, at: Moments.at(500)) == [.lost("reset")])
        }
        return connection
    }

    private static func state(_ stage: Stage) -> BatchConnection.State {
        switch stage {
        case .first: .first(since: .zero)
        case .live: .live
        case .lost: .lost(since: BatchMoments.at(500))
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        let connection = Self.connection(stage)
        #expect(connection.state == Self.state(stage))
        #expect(connection.offlineSince == (stage == .first ? .zero : stage == .live ? nil : Moments.at(500)))
        #expect(connection.lastFailure == (stage == .lost ? "reset" : nil))
    }

    /// A failure before the first connection is said, later ones are parts of an outage that was said.
    @Test(arguments: Stage.allCases) func notLive(_ stage: Stage) {
        let states: [ConnectionStatus.State] = [.connecting, .resuming, Moments.offline, .stopped("why")]
        for state in states {
            var connection = Self.connection(stage)
            let news = connection.changed(to: Moments.status(state, failure: "no route"), at: Moments.at(900))
            switch stage {
            case .first: #expect(news == [.unreachable("no route")] && connection.state == Self.state(.first))
            case .live: #expect(news == [.lost("no route")] && connection.state == .lost(since: Moments.at(900)))
            case .lost: #expect(news == [] && connection.state == Self.state(.lost))
            }
            #expect(connection.lastFailure == "no route")
            let again = connection.changed(to: Moments.status(state, failure: "no route"), at: Moments.at(950))
            #expect(again == [], "a failure is said once")
        }
    }

    @Test func aLossWithoutAReasonHasWords() {
        var connection = Self.connection(.live)
        let news = connection.changed(to: Moments.status(Moments.offline), at: Moments.at(900))
        #expect(news == [.lost("the connection ended")])
    }

    @Test(arguments: Stage.allCases) func live(_ stage: Stage) {
        for failure in [nil, "the disk is full"] {
            var connection = Self.connection(stage)
            var status = Moments.status(.live, failure: failure)
            status.resumes = [Moments.resume]
            let trouble: [BatchConnection.News] = failure.map { [.trouble($0)] } ?? []
            let news = connection.changed(to: status, at: Moments.at(900))
            switch stage {
            case .first: #expect(news == trouble + [.opened])
            case .live: #expect(news == trouble)
            case .lost: #expect(news == trouble + [.resumed(Moments.resume)])
            }
            #expect(connection.state == .live && connection.offlineSince == nil)
            #expect(connection.changed(to: status, at: Moments.at(950)) == [])
        }
    }
}
