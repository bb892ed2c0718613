import Foundation
import NIOCore
import NIOPosix
import TestKit
import Testing
import Transport
import Wire

@testable import Verify

/// The parts that an examination is made of.
@Suite struct PartsTests {
    private static func pace(_ brief: Int64, _ expire: Int64?, isQuick: Bool = true) -> Pace {
        Pace(isQuick: isQuick, sessions: .init(brief: brief, expire: expire))
    }

    @Test func withoutQuickThePlanIsKeptToTheSecond() throws {
        let pace = Self.pace(30_000, 300_000, isQuick: false)
        #expect(pace.brief.actual == .seconds(15))
        #expect(pace.medium.actual == .seconds(120))
        #expect(try pace.extended().actual == .seconds(600))
        #expect(pace.cycles.count == 10)
        #expect(pace.cycles.allSatisfy { (.seconds(1) ... .seconds(5)).contains($0) })
        #expect(pace.shortened.isEmpty)
    }

    @Test func quickWaitsFollowFromTheLimitsAndAreNeverLongerThanThePlans() throws {
        let usual = Self.pace(30_000, 300_000)
        #expect(usual.brief.actual == .seconds(15), "half of brief is what the plan waits")
        #expect(usual.medium.actual == .seconds(120), "the middle would be longer than the plan's")
        #expect(try usual.extended().actual == .seconds(305))
        #expect(usual.shortened.map(\.name).count == 3, "both pauses, and the extended absence")
        let short = Self.pace(1_000, 3_000)
        #expect(short.brief.actual == .milliseconds(500))
        #expect(short.medium.actual == .seconds(2))
        #expect(try short.extended().actual == .milliseconds(3_500))
        #expect(short.shortened.map(\.name).count == 5)
        for pace in [usual, short] {
            let (brief, expire) = (try #require(pace.sessions?.brief), try #require(pace.sessions?.expire))
            #expect(pace.brief.actual < .milliseconds(brief))
            #expect(pace.medium.actual > .milliseconds(brief))
            #expect(pace.medium.actual < .milliseconds(expire))
            #expect(try pace.extended().actual > .milliseconds(expire))
        }
    }

    @Test func whatNobodyWaitsForIsSaid() {
        func reason(_ pace: Pace) -> String? {
            do {
                _ = try pace.extended()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(reason(Self.pace(30_000, nil)) == "the sessions of this server never expire")
        #expect(
            reason(Self.pace(30_000, 30 * 86_400_000))
                == "the sessions of this server expire after 30 d, not within ten minutes")
        #expect(reason(Self.pace(30_000, 600_000, isQuick: false)) != nil)
        #expect(reason(Self.pace(30_000, 599_000)) == nil)
        let silent = Pace(isQuick: true, sessions: nil)
        #expect(reason(silent) == nil)
        #expect(silent.brief.actual == .seconds(15), "a server that says nothing is waited for as in the plan")
    }

    @Test(
        arguments: [
            (.zero, "0 ms"), (.microseconds(1_250), "1.2 ms"), (.milliseconds(12), "12 ms"),
            (.milliseconds(999), "999 ms"),
            (.milliseconds(1_100), "1.1 s"), (.seconds(119), "119 s"), (.seconds(120), "2 min"),
            (.seconds(305), "5 min 5 s"),
            (.seconds(7_200), "2 h"), (.seconds(30 * 86_400), "30 d"),
        ] as [(Duration, String)])
    func durationsAreReadable(duration: Duration, text: String) { #expect(Figures.duration(duration) == text) }

    @Test(
        arguments: [
            (1, "100 %"), (0, "0 %"), (0.0123, "1.2 %"), (-0.114, "-11.4 %"), (0.00012, "0.01 %"), (-0.004, "-0.40 %"),
            (.infinity, "unknown"), (0.095, "9.5 %"),
        ] as [(Double, String)])
    func sharesAreReadable(share: Double, text: String) { #expect(Figures.percent(share) == text) }

    @Test func theSlopeIsThatOfTheLineAndASlowOneDoesNotBendIt() {
        let flat = [Duration](repeating: .milliseconds(10), count: 100)
        #expect(flat.slope(group: 10) == 0)
        var spiked = flat
        for index in stride(from: 5, to: 100, by: 10) { spiked[index] = .seconds(index) }
        #expect(spiked.slope(group: 10) == 0)
        // Each a hundredth of the middle one longer than the one before.
        let rising = (0..<101).map { Duration.microseconds(5_000 + 100 * $0) }
        #expect(abs(rising.slope(group: 1) - 0.01) < 1e-9)
        #expect(abs(Array(rising.dropLast()).slope(group: 10) - 0.01) < 0.000_1)
        #expect(rising.reversed().slope(group: 1) < -0.009)
        #expect([Duration]().slope(group: 10) == 0)
    }

    private func note(_ seq: Seq) -> Entry { Entry(seq: seq, timestamp: 1, body: .event(.note("\(seq)"))) }

    @Test func aCopyCountsWhatIsWrong() {
        var copy = Copy(epoch: "e")
        for seq in [1, 2, 2, 4, 3, 5] as [Seq] { copy.take(note(seq)) }
        #expect(copy.entries.map(\.seq) == [1, 2, 4, 5])
        #expect(copy.repeated == 2)
        #expect(copy.gaps == 1)
        copy.take(Position(epoch: "e", seq: 5))
        #expect(copy.gaps == 1)
        copy.take(Position(epoch: "e", seq: 6))
        #expect(copy.gaps == 2, "the fence stands behind what did not come")
        copy.take(Position(epoch: "f", seq: 5))
        #expect(copy.gaps == 3, "or behind another journal")
        #expect(copy.upTo(2).entries.map(\.seq) == [1, 2])
        #expect(!copy.isDense)
    }

    @Test func whatDiffersFromTheServersStateIsNamed() {
        var copy = Copy(epoch: "e")
        copy.take(Entry(seq: 1, timestamp: 1, body: .event(.memory(key: "a", value: ["x": 1, "y": 2]))))
        let state: JSON = [
            "seq": 1, "memory": ["a": ["y": 2, "x": 1]], "plan": [], "toolCalls": [], "turn": .null, "usage": .null,
        ]
        #expect(copy.differences(from: state).isEmpty, "objects have no order")
        #expect(
            copy.differences(from: ["seq": 2, "memory": ["a": ["x": 1]], "plan": []]) == ["seq", "memory", "toolCalls"])
    }

    @Test func aServerOnThisMachineIsFoundByItsSocket() async throws {
        let folder = try TemporaryDirectory()
        let group = MultiThreadedEventLoopGroup.singleton
        for address in [Endpoint.Address.host("127.0.0.1", port: 0), .unix(path: folder.path("s"))] {
            let bootstrap = ServerBootstrap(group: group)
            let listener: any Channel
            var endpoint = Endpoint(address: address)
            switch address {
            case .host(let host, _):
                listener = try await bootstrap.bind(host: host, port: 0).get()
                endpoint.address = .host(host, port: listener.localAddress?.port ?? 0)
            case .unix(let path): listener = try await bootstrap.bind(unixDomainSocketPath: path).get()
            }
            let process = ServerProcess(at: endpoint)
            #expect(process?.id == getpid())
            #expect(process?.residentBytes ?? 0 > 1 << 20)
            #expect(process?.name.isEmpty == false)
            try await listener.close()
            // A port may have gone to another program at once.
            if case .unix = address { #expect(ServerProcess(at: endpoint) == nil, "nobody listens there any more") }
        }
        #expect(ServerProcess(at: Endpoint(address: .host("server.example", port: 22))) == nil)
    }

    @Test func markupIsHarmless() {
        #expect(Markup.escaped("<a href='x'>&\"\n\u{1B}[31m\u{0}é") == "&lt;a href=&#39;x&#39;&gt;&amp;&quot; [31mé")
    }
}
