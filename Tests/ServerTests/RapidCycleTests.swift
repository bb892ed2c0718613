import Agents
import NIOPosix
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

extension Crowds {
    /// Connections that come and go as fast as they can (`failure-cases.md`, very fast reconnects): nothing is saved
    /// when one ends, so there is nothing that could be late.
    @Suite(.serialized) struct RapidCycleTests {
        /// The pauses between cycles, in milliseconds: of ten cycles all kinds, of a thousand mostly none.
        private static func pause(_ cycle: Int, of count: Int) -> Int {
            if count <= 10 { return [0, 1, 10, 100][cycle % 4] }
            return switch cycle % 200 {
            case 199: 100
            case 99: 10
            case 9, 49: 1
            default: 0
            }
        }

        /// What one return cost: the time that it took, and how long processors worked for it.
        private struct Cost: Sendable {
            var taken: Duration
            var worked: Duration
        }

        private static let agent = FixedAgent { turn in
            let call = ToolCall(
                id: ToolCallID("call-\(turn.id)"), title: "look", kind: .read, status: .completed,
                rawInput: ["path": ["a": ["b": 1]]])
            return [
                [
                    .update(
                        .plan([PlanEntry(content: "one", status: .inProgress), .init(content: "two", status: .pending)])
                    )
                ],
                [.event(.memory(key: "k\(turn.history.count)", value: ["nested": [1, 2]]))],
                [.update(.toolCall(call))],
                [
                    .update(
                        .agentMessage(ContentChunk(messageID: MessageID("m-\(turn.id)"), content: .text("an answer"))))
                ],
            ]
        }

        @Test("rapid cycles", arguments: [10, 1_000])
        func nothingIsLostAndNothingStays(count: Int) async throws {
            try await withServer([Self.agent], change: { $0.connectionsPerPrincipal = 256 }) { server in
                let token = try server.token(for: "alice").text
                let first = try await WireClient.greeted(by: server.endpoint, token: token, as: "one")
                let session = try await first.newSession()
                for number in 1...5 { try await first.answer(to: first.prompt("question \(number)", in: session)) }
                let stateRequest: JSON = ["sessionId": .string(session.rawValue)]
                let state = try await first.request(Method.state, stateRequest)
                let journal = try server.journal(of: session)
                first.abort()

                let epoch = try #require(first.fences.first?.position.epoch)
                var attachment = Returning.Attachment(
                    endpoint: server.endpoint, token: token, client: "one", session: session, position: nil)
                attachment.position = Position(epoch: epoch, seq: Seq(journal.count))
                let (returns, begins) = (attachment, attachment.holdingNothing)
                let loop = MultiThreadedEventLoopGroup.singleton.next()
                let clock = ContinuousClock()
                // A client that holds everything comes back; each tenth time one that holds nothing is sent all of it.
                func cycle(_ number: Int) async throws -> (cost: Cost?, isEqual: Bool) {
                    let isAnew = number % 10 == 9
                    let (begun, worked) = (clock.now, Figure.processorTime)
                    let returning = try await Returning.current(isAnew ? begins : returns, on: loop)
                    let cost = Cost(taken: clock.now - begun, worked: Figure.processorTime - worked)
                    let isEqual = try await returning.request(Method.state, stateRequest) == state
                    let isWhole = Entry.coalesced(returning.entries) == (isAnew ? Entry.coalesced(journal) : [])
                    try await returning.abort()
                    return (isAnew ? nil : cost, isEqual && isWhole)
                }
                // What is made once, such as caches, is made before anything is measured.
                for number in 0..<20 { _ = try await cycle(number) }
                #expect(await eventually { await server.daemon.server.counters.connections == 0 })
                let baseline = await server.daemon.server.counters
                let memory = Figure.residentBytes
                var costs: [Cost] = []
                var (failures, unequal) = (0, 0)
                for number in 0..<count {
                    do {
                        let (cost, isEqual) = try await cycle(number)
                        if let cost { costs.append(cost) }
                        if !isEqual { unequal += 1 }
                    } catch {
                        failures += 1
                        Issue.record(error)
                    }
                    let pause = Self.pause(number, of: count)
                    if pause > 0 { try await Task.sleep(for: .milliseconds(pause)) }
                }
                #expect(failures == 0)
                #expect(unequal == 0)
                #expect(await eventually { await server.daemon.server.counters == baseline })
                let growth = Double(Figure.residentBytes - memory) / Double(memory)
                let (durations, worked) = (costs.map(\.taken), costs.map(\.worked))
                let slope = Figure.slope(durations, group: max(1, count / 20))
                // Ten cycles of a few milliseconds are noise; what a thousand add up to is not. Of the time that was
                // taken a busy machine has its share, so it is a figure; what was worked for it is not to double.
                if count > 10 { #expect(Figure.median(worked.suffix(100)) < Figure.median(worked.prefix(100)) * 2) }
                Figure.line(
                    "\(count) rapid cycles",
                    "\(failures) failures, \(count - unequal) equal, slower per cycle \(Figure.percent(slope)), "
                        + "memory \(Figure.percent(growth)), "
                        + "median \(Figure.milliseconds(Figure.median(durations[...]))), "
                        + "processors \(Figure.milliseconds(Figure.median(worked[...])))")
            }
        }
    }
}

extension Returning.Attachment {
    fileprivate var holdingNothing: Self {
        var attachment = self
        attachment.position = nil
        return attachment
    }
}
