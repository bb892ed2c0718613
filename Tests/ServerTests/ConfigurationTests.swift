import Agents
import Glibc
import Ledger
import Logging
import Server
import ServerKit
import TestKit
import Testing
import Transport
import Wire

/// What a server is run with, and what it refuses to be run with.
@Suite struct ConfigurationTests {
    private func configuration(_ toml: String) throws(ConfigurationError) -> ServerConfiguration {
        var configuration = ServerConfiguration(addresses: [], dataDirectory: "/data")
        try configuration.apply(toml: toml, file: "belayd.toml")
        return configuration
    }

    @Test func everyKeyIsTakenOver() throws {
        let read = try configuration(
            """
            [sessions]
            brief = "10s"
            expire = "2h"
            archive = "7d"
            roots = ["/srv/all"]
            [users.alice]
            roots = ["/srv/shop", "/srv/docs"]
            [users."b@c.example"]
            roots = ["/srv/b"]
            [limits]
            turns_queued = 3
            connections_per_user = 5
            connections = 6
            attaching = 7
            sessions_per_user = 8
            message_bytes = 4096
            outgoing_bytes = 65536
            [server]
            ping = "15s"
            compression = "on"
            origins = ["https://a.example", "https://b.example"]
            """)
        #expect(read.limits.brief == .seconds(10))
        #expect(read.limits.expire == .seconds(7_200))
        #expect(read.limits.archive == .seconds(7 * 86_400))
        #expect(read.folders.shared == ["/srv/all"])
        #expect(
            read.folders.own == [
                Principal("alice"): ["/srv/shop", "/srv/docs"], Principal("b@c.example"): ["/srv/b"],
            ])
        #expect(read.limits.turnsQueued == 3)
        #expect(read.connectionsPerPrincipal == 5)
        #expect(read.connectionsMaximum == 6)
        #expect(read.attachingMaximum == 7)
        #expect(read.sessionsPerPrincipal == 8)
        #expect(read.messageBytesMaximum == 4_096)
        #expect(read.outgoingBytesMaximum == 65_536)
        #expect(read.pingInterval == .seconds(15))
        #expect(read.compression == .on)
        for compression in Compression.allCases {
            let text = "[server]\ncompression = \"\(compression.rawValue)\""
            #expect(try configuration(text).compression == compression)
        }
        #expect(try configuration("").compression == .auto)
        #expect(read.origins == ["https://a.example", "https://b.example"])
        #expect(try configuration("").limits == Limits(), "an empty file changes nothing")
        #expect(try configuration("[sessions]\nexpire = \"never\"").limits.expire == nil)
    }

    @Test func agentsAreRead() throws {
        let read = try configuration(
            """
            [agents]
            idle = "5m"
            [agents.zed]
            kind = "acp"
            command = "zed-agent"
            [agents.claude]
            kind = "acp"
            command = "npx"
            args = ["-y", "claude"]
            env = { KEY = "k" }
            cwd = "/srv"
            process = "shared"
            users = ["alice", "bob"]
            auth_method = "key"
            start_timeout = "2m"
            """)
        #expect(read.agentIdle == .seconds(300))
        #expect(try configuration("").agentIdle == .seconds(1_800))
        var claude = ACPSettings(
            name: "claude", words: ["npx", "-y", "claude"], environment: ["KEY": "k"], directory: "/srv",
            isShared: true, signIn: "key", startMaximum: .seconds(120))
        claude.users = .named(["alice", "bob"])
        #expect(read.agents == [.acp(claude), .acp(ACPSettings(name: "zed", words: ["zed-agent"]))])
        let all = try configuration("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nusers = \"all\"").agents
        #expect(all.first?.users == .all)
    }

    @Test func models() throws {
        let read = try configuration(
            """
            [agents.local]
            kind = "openai"
            base_url = "http://127.0.0.1:11434/v1/"
            model = "qwen3"
            [agents.far]
            kind = "openai"
            base_url = "https://api.example/v1"
            model = "big"
            api_key_env = "KEY"
            headers = { "x-title" = "belay" }
            temperature = 0.5
            max_tokens = 100
            context_tokens = 200000
            system = ""
            tools = ["read_file", "search"]
            images = true
            continue = "prefill"
            connect_timeout = "3s"
            idle_timeout = "2m"
            rounds = 5
            users = "all"
            [agents.far.mcp.files]
            command = "npx"
            args = ["-y", "server-files"]
            env = { ROOT = "/srv" }
            [agents.far.request]
            stop = ["a", "b"]
            options = { deep = { on = true } }
            """)
        var far = ModelSettings(name: "far", baseURL: "https://api.example/v1", model: "big")
        far.key = .environment("KEY")
        far.headers = ["x-title": "belay"]
        far.contextTokens = 200_000
        far.system = ""
        far.tools = ["read_file", "search"]
        far.takesImages = true
        far.servers = [
            MCPSettings(name: "files", words: ["npx", "-y", "server-files"], environment: ["ROOT": "/srv"])
        ]
        far.continuation = .prefill
        (far.connectMaximum, far.silenceMaximum, far.roundsMaximum, far.users) = (.seconds(3), .seconds(120), 5, .all)
        guard case .model(var model)? = read.agents.first else {
            Issue.record("\(read.agents)")
            return
        }
        let fields = JSON.object(model.request.sorted { $0.key < $1.key })
        #expect(fields.text == #"{"max_tokens":100,"options":{"deep":{"on":true}},"stop":["a","b"],"temperature":0.5}"#)
        model.request = []
        #expect(model == far)
        let local = ModelSettings(name: "local", baseURL: "http://127.0.0.1:11434/v1", model: "qwen3")
        #expect(read.agents.last == .model(local))
    }

    private static let model = "[agents.x]\nkind = \"openai\"\nbase_url = \"http://x\"\nmodel = \"m\"\n"

    @Test func permissionRules() throws {
        let read = try configuration(
            """
            [permissions]
            unattended = "rule"
            [[permissions.rules]]
            action = "allow"
            kinds = ["execute"]
            pattern = "make *"
            folder = "/srv"
            [[permissions.rules]]
            action = "deny"
            """)
        #expect(read.unattended == .rule)
        #expect(
            read.permissions == [
                PermissionRule(.allow, kinds: [.execute], pattern: "make *", folder: "/srv"), PermissionRule(.deny),
            ])
    }

    @Test(arguments: [
        ("brief = \"5s\"", "'brief' stands outside a section"),
        ("[sessions]\nbreif = \"5s\"", "there is no key 'sessions.breif'"),
        ("[sessions]\nbrief = 5", "'sessions.brief' is not a duration"),
        ("[sessions]\nexpire = \"soon\"", "'sessions.expire' is not a duration"),
        ("[limits]\nturns_queued = -1", "'limits.turns_queued' is not a number from 0 to 10000"),
        ("[limits]\nmessage_bytes = 12", "'limits.message_bytes' is not a number from 1024"),
        ("[limits]\nconnections_per_user = \"many\"", "'limits.connections_per_user' is not a number"),
        ("[limits]\nconnections = 0", "'limits.connections' is not a number from 1"),
        ("[limits]\nattaching = 0", "'limits.attaching' is not a number from 1"),
        ("[limits]\nsessions_per_user = 0", "'limits.sessions_per_user' is not a number from 1"),
        ("[server]\norigins = \"https://a.example\"", "'server.origins' is not a list of strings"),
        ("[server]\norigins = [\"https://a.example\", 5]", "'server.origins' is not a list of strings"),
        ("[server]\nping = \"0s\"", "'server.ping'"),
        ("[server]\ncompression = true", "'server.compression' is not \"auto\", \"on\" or \"off\""),
        ("[server]\ncompression = \"On\"", "'server.compression' is not \"auto\""),
        ("[server]\ncompression = \"gzip\"", "'server.compression' is not \"auto\""),
        ("[sessions]\nroots = \"/srv\"", "'sessions.roots' is not a list of 1 to 64 absolute paths"),
        ("[sessions]\nroots = []", "'sessions.roots' is not a list"),
        ("[sessions]\nroots = [\"srv\"]", "'sessions.roots' is not a list"),
        ("[sessions]\nroots = [\"/srv\", 5]", "'sessions.roots' is not a list"),
        ("[users]\nalice = 5", "'users.alice' is not a section"),
        ("[users.alice]\nroot = [\"/srv\"]", "there is no key 'users.alice.root'"),
        ("[users.alice]\nroots = [5]", "'users.alice.roots' is not a list"),
        ("[users.\"\"]\nroots = [\"/srv\"]", "is empty"),
        ("[users.\"a\\u0007\"]\nroots = [\"/srv\"]", "control characters"),
        ("users = 5", "'users' stands outside a section"),
        ("agents = 5", "'agents' stands outside a section"),
        ("[agents]\nclaude = 5", "'agents.claude' is not a section"),
        ("[agents]\nidle = \"0s\"", "'agents.idle' is not a duration of at least a second"),
        ("[agents.idle]\nkind = \"acp\"", "'agents.idle' is not a duration"),
        ("[agents.librarian]\nkind = \"acp\"", "'librarian' is no name for an agent"),
        ("[agents.\"a b\"]\nkind = \"acp\"", "'a b' is no name for an agent"),
        ("[agents.\"\"]\nkind = \"acp\"", "'' is no name for an agent"),
        ("[agents.x]\ncommand = \"x\"", "'agents.x.kind' is missing"),
        ("[agents.x]\nkind = \"mcp\"", "'agents.x.kind' is not \"acp\" or \"openai\""),
        ("[agents.x]\nkind = \"openai\"", "'agents.x.base_url' is missing"),
        ("[agents.x]\nkind = \"openai\"\nbase_url = \"ftp://x\"", "'agents.x.base_url' is not an address"),
        ("[agents.x]\nkind = \"openai\"\nbase_url = \"http://a:b@x\"", "'agents.x.base_url' is not an address"),
        ("[agents.x]\nkind = \"openai\"\nbase_url = \"http://x\"", "'agents.x.model' is missing"),
        (Self.model + "tools = [\"rm\"]", "'agents.x.tools' is a list with 'rm', which is none of list_files"),
        (Self.model + "continue = \"no\"", "'agents.x.continue' is not \"ask\""),
        (Self.model + "context_tokens = 3", "'agents.x.context_tokens' is not a number from 1024"),
        (Self.model + "rounds = 0", "'agents.x.rounds' is not a number from 1"),
        (Self.model + "images = 1", "'agents.x.images' is not true or false"),
        (Self.model + "idle_timeout = \"0s\"", "'agents.x.idle_timeout' is not a duration"),
        (Self.model + "headers = { a = \"b\\nc\" }", "'agents.x.headers.a' is not one line of text"),
        (Self.model + "request = 1", "'agents.x.request' is not a table"),
        (Self.model + "api_key_env = \"K\"\napi_key_command = \"k\"", "' is given beside 'api_key_"),
        (Self.model + "command = \"x\"", "there is no key 'agents.x.command'"),
        (Self.model + "mcp = 1", "'agents.x.mcp' is not a section"),
        (Self.model + "[agents.x.mcp.y]", "'agents.x.mcp.y.command' is missing"),
        (Self.model + "[agents.x.mcp.y]\ncommand = \"c\"\nurl = \"u\"", "there is no key 'agents.x.mcp.y.url'"),
        ("[permissions]\nrule = []", "there is no key 'permissions.rule'"),
        ("[permissions]\nrules = 1", "'permissions.rules' is not a list"),
        ("[[permissions.rules]]\nkinds = []", "'permissions.rules[0]': 'action' of a rule is not \"allow\""),
        (
            "[[permissions.rules]]\naction = \"deny\"\nkinds = [\"x\"]",
            "'permissions.rules[0]': 'kinds' of a rule is not a list of kinds"
        ),
        (
            "[[permissions.rules]]\naction = \"deny\"\nfolder = \"x\"",
            "'permissions.rules[0]': 'folder' of a rule is not an absolute path"
        ),
        (
            "[[permissions.rules]]\naction = \"deny\"\npatern = \"x\"",
            "'permissions.rules[0]': a rule has no key 'patern'"
        ),
        ("[agents.x]\nkind = \"acp\"", "'agents.x.command' is missing"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"\"", "'agents.x.command' is missing"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nargs = \"y\"", "'agents.x.args' is not a list of strings"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nenv = { A = 1 }", "'agents.x.env.A' is not a string"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nenv = 1", "'agents.x.env' is not a table"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\ncwd = \"y\"", "'agents.x.cwd' is not an absolute path"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nprocess = \"one\"", "'agents.x.process' is not \"session\""),
        (
            "[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nstart_timeout = \"0s\"",
            "'agents.x.start_timeout' is not a dur"
        ),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nusers = \"bob\"", "'agents.x.users' is not a list of users"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nusers = [1]", "'agents.x.users' is not a list of strings"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nauth_method = 1", "'agents.x.auth_method' is not a string"),
        ("[agents.x]\nkind = \"acp\"\ncommand = \"x\"\nargz = []", "there is no key 'agents.x.argz'"),
        ("[sessions\n", "belayd.toml: "),
    ])
    func whatIsWrongIsNamed(toml: String, message: String) throws {
        do throws(ConfigurationError) {
            _ = try configuration(toml)
            Issue.record("taken: \(toml)")
        } catch {
            #expect(error.description.hasPrefix("belayd.toml: "))
            #expect(error.description.contains(message), "\(error)")
        }
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.1", "::"])
    func listeningToOthersInPlainTextNeedsToBeMeant(host: String) async throws {
        let folder = try TemporaryDirectory()
        let configuration = ServerConfiguration(addresses: [.host(host, port: 0)], dataDirectory: folder.path)
        do {
            _ = try await Daemon.start(configuration, agents: [ScriptedAgent()], logger: .quiet)
            Issue.record("it listens on \(host)")
        } catch let error as ConfigurationError {
            #expect(error.description.contains("--insecure"))
            #expect(error.description.contains("--tls-cert"))
        }
    }

    @Test func whoMeansItMay() async throws {
        try await withServer(
            [ScriptedAgent()],
            change: {
                $0.addresses = [.host("0.0.0.0", port: 0)]
                $0.isInsecureAllowed = true
            },
            body: { server in #expect(server.daemon.port ?? 0 > 0) })
    }

    @Test func aFolderHasOneServerThatSaysWhoItIs() throws {
        let folder = try TemporaryDirectory()
        var held: DataLock? = try DataLock.take(in: folder.path)
        #expect(throws: FolderInUse(folder: folder.path, note: nil)) { try DataLock.take(in: folder.path) }
        try held?.announce(socket: "/run/socket")
        let note = ServerNote(process: getpid(), version: Version.current, socket: "/run/socket")
        #expect(throws: FolderInUse(folder: folder.path, note: note)) { try DataLock.take(in: folder.path) }
        #expect(held != nil)
        held = nil
        held = try DataLock.take(in: folder.path)
        #expect(
            throws: FolderInUse(folder: folder.path, note: nil), "the note of one that is gone is not this one's"
        ) { try DataLock.take(in: folder.path) }
        #expect(throws: ConfigurationError.self) { try DataLock.take(in: folder.path + "/none") }
    }
}
