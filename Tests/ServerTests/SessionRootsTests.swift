import Agents
import Glibc
import Ledger
import Server
import TestKit
import Testing

/// Which folder a session may have: paths × roots × links × the server's own files.
@Suite struct SessionRootsTests {
    /// A machine of its own: a shop to work in, a shop with a name that begins alike, the server's data beside them.
    private let machine: TemporaryDirectory
    private let top: String
    private let alice = Principal("alice")
    private let bob = Principal("bob")

    init() throws {
        machine = try TemporaryDirectory("roots")
        top = try #require(realpath(machine.path, nil).map { String(cString: $0) })
        for folder in [
            "srv", "srv/shop", "srv/shop/src", "srv/shop2", "srv/other", "data", "data/index", "state", "state/inner",
            "etc", "users",
        ] {
            try #require(mkdir(top + "/" + folder, 0o700) == 0)
        }
        for file in ["srv/shop/file", "data/journal.db", "etc/belayd.toml", "etc/key.pem", "etc/cert.pem"] {
            let descriptor = open(top + "/" + file, O_WRONLY | O_CREAT, 0o600)
            try #require(descriptor >= 0)
            close(descriptor)
        }
        for (link, target) in [
            ("srv/shop/up", ".."), ("srv/shop/out", "../other"), ("srv/shop/in", "src"), ("srv/shop/top", "/"),
            ("srv/shop/data", "../../data"), ("srv/shop/root", "/proc/self/root"), ("srv/shop/loop", "loop"),
            ("srv/shop/broken", "nothing"), ("srv/shop/twice", "in"), ("srv/link", "shop"), ("users/carol", "../srv"),
        ] {
            try #require(symlink(target, top + "/" + link) == 0)
        }
    }

    /// Where the folders of users without roots are.
    private var homes: String { top + "/data/home" }

    private func roots(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws(ConfigurationError)
        -> SessionRoots
    {
        var configuration = ServerConfiguration(addresses: [], dataDirectory: top + "/data")
        configuration.tls = .init(certificate: top + "/etc/cert.pem", key: top + "/etc/key.pem")
        configuration.folders.secrets = [top + "/state", top + "/etc/belayd.toml", top + "/later/belay"]
        change(&configuration)
        return try SessionRoots(configuration)
    }

    private func place(_ path: String, for user: Principal, in roots: SessionRoots) -> Result<String?, FolderRefusal> {
        do throws(FolderRefusal) {
            let folder = try roots.folder(path, for: user)
            #expect(folder.path == path, "it is shown as it was asked for")
            #expect(folder.owner == user.rawValue)
            #expect(folder.hidden.contains(top + "/data"))
            return .success(folder.location)
        } catch { return .failure(error) }
    }

    @Test(arguments: [
        ("/srv/shop", "/srv/shop"), ("/srv/shop/", "/srv/shop"), ("//srv//shop", "/srv/shop"),
        ("/srv/shop/src", "/srv/shop/src"), ("/srv/shop/in", "/srv/shop/src"), ("/srv/shop/twice", "/srv/shop/src"),
        ("/srv/link", "/srv/shop"), ("/srv/link/in", "/srv/shop/src"), ("/srv/other/../shop/src", "/srv/shop/src"),
        ("/srv/shop/up/shop", "/srv/shop"), ("/users/carol/shop", "/srv/shop"), ("/srv/shop/./src/.", "/srv/shop/src"),
    ])
    func whatLeadsIntoARootIsTaken(path: String, location: String) throws {
        let given = try roots {
            $0.folders.own[alice] = [top + "/srv/shop"]
            $0.folders.shared = [top + "/srv/other"]
        }
        #expect(place(top + path, for: alice, in: given) == .success(top + location))
    }

    @Test(arguments: [
        "/srv", "/srv/shop2", "/srv/other", "/srv/shop/..", "/srv/shop/up", "/srv/shop/out", "/srv/shop/top",
        "/srv/shop/data", "/srv/shop/data/index", "/srv/shop/root", "/srv/shop/root" + "/etc", "/srv/shop/loop",
        "/srv/shop/broken", "/srv/shop/none", "/srv/shop/file", "/srv/shop/file/", "/srv/shop/src/../../shop2", "/data",
        "/data/index", "/etc", "/state", "/users/carol", "", "/none",
    ])
    func whatLeadsElsewhereIsNot(path: String) throws {
        let given = try roots { $0.folders.own[alice] = [top + "/srv/shop"] }
        #expect(place(top + path, for: alice, in: given) == .failure(.outside(roots: [top + "/srv/shop"])))
    }

    @Test(arguments: ["/", "/etc", "/proc/self/root", "/proc/self/cwd", "/dev", "/root"])
    func theMachineIsNotARoot(path: String) throws {
        let given = try roots { $0.folders.shared = [top + "/srv"] }
        #expect(place(path, for: alice, in: given) == .failure(.outside(roots: [top + "/srv"])))
    }

    @Test func whatIsNoPathIsNamed() throws {
        let given = try roots { $0.folders.own[alice] = [top + "/srv/shop"] }
        let long = "/" + String(repeating: "a/", count: 2_048)
        for user in [alice, SessionRoots.local] {
            for path in ["", "srv/shop", "./srv", "~", top + "/srv/shop\u{0}", top + "/srv/shop\u{0}/../../etc", long] {
                #expect(place(path, for: user, in: given) == .failure(.malformed), "\(path.prefix(60))")
            }
        }
    }

    /// The own roots go before those of all, and without any there is a folder of one's own.
    @Test func everyUserHasTheirOwn() throws {
        let given = try roots {
            $0.folders.own[alice] = [top + "/srv/shop", top + "/srv/shop2"]
            $0.folders.shared = [top + "/srv/other"]
        }
        #expect(place(top + "/srv/shop2", for: alice, in: given) == .success(top + "/srv/shop2"))
        #expect(place(top + "/srv/other", for: bob, in: given) == .success(top + "/srv/other"))
        #expect(
            place(top + "/srv/other", for: alice, in: given)
                == .failure(.outside(roots: [top + "/srv/shop", top + "/srv/shop2"])))
        #expect(place(top + "/srv/shop", for: bob, in: given) == .failure(.outside(roots: [top + "/srv/other"])))
    }

    @Test func withoutRootsEachHasAFolderInTheData() throws {
        let given = try roots()
        let home = homes + "/alice"
        #expect(place(top + "/srv/shop", for: alice, in: given) == .failure(.outside(roots: [home])))
        var status = stat()
        #expect(lstat(home, &status) == 0 && status.st_mode & 0o777 == 0o700, "made private, when first wanted")
        #expect(place(home, for: alice, in: given) == .success(home))
        mkdir(home + "/src", 0o700)
        #expect(place(home + "/src", for: alice, in: given) == .success(home + "/src"))
        for path in ["", "/home", "/home" + "/alice/..", "/home" + "/bob", "/index", "/journal.db"] {
            #expect(place(top + "/data" + path, for: alice, in: given) == .failure(.outside(roots: [home])), "\(path)")
        }
        #expect(place(home, for: bob, in: given) == .failure(.outside(roots: [homes + "/bob"])))
        // Somebody else's, through a link in the own one.
        symlink("../bob", home + "/bob")
        symlink("../..", home + "/data")
        for path in ["/bob", "/data", "/data/index"] {
            #expect(place(home + path, for: alice, in: given) == .failure(.outside(roots: [home])))
        }
    }

    @Test(arguments: ["link", "file"])
    func aHomeThatIsNotAsItWasMadeIsNotUsed(kind: String) throws {
        let given = try roots()
        mkdir(homes, 0o700)
        if kind == "link" {
            symlink(top + "/srv", homes + "/alice")
        } else {
            close(open(homes + "/alice", O_WRONLY | O_CREAT, 0o600))
        }
        #expect(place(top + "/srv/shop", for: alice, in: given) == .failure(.homeUnusable))
        #expect(place(homes + "/alice", for: alice, in: given) == .failure(.homeUnusable))
    }

    /// Names are bytes: no two have one folder, and none leads out of it.
    @Test func noTwoNamesHaveOneHome() throws {
        let given = try roots()
        let names = [
            "alice", "Alice", "al ice", "al%20ice", "..", ".", "a/b", "a%2fb", "/", "caf\u{E9}", "cafe\u{301}", "-",
            "%",
            "%x", "", String(repeating: "\u{E9}", count: 64), String(repeating: "\u{EA}", count: 64),
            String(repeating: "a", count: 128),
        ]
        var found: [String] = []
        for name in names {
            guard case .failure(.outside(let roots)) = place("/none", for: Principal(name), in: given) else {
                Issue.record("no home for \(name)")
                continue
            }
            #expect(roots.count == 1)
            let home = roots.first ?? ""
            let above = homes + "/"
            #expect(home.hasPrefix(above))
            #expect(!home.dropFirst(above.utf8.count).contains("/"))
            found.append(home)
        }
        #expect(Set(found.map { Array($0.utf8) }).count == names.count)
    }

    /// The local user could read all of it anyway; only the server's own files are no folder of a session.
    @Test func theLocalUserIsConfinedByItsOwnRootsAlone() throws {
        let free = try roots { $0.folders.shared = [top + "/srv/shop"] }
        let local = SessionRoots.local
        for path in ["/srv", "/srv/other", "", "/etc", "/none", "/srv/shop/file"] {
            #expect(place(top + path, for: local, in: free) == .success(top + path))
        }
        #expect(place("/", for: local, in: free) == .success("/"))
        for path in ["/data", "/data/index", "/srv/shop/data", "/state/inner", "/state/none", "/later/belay"] {
            #expect(place(top + path, for: local, in: free) == .failure(.serversOwn), "\(path)")
        }
        let bound = try roots { $0.folders.own[local] = [top] }
        #expect(place(top + "/srv", for: local, in: bound) == .success(top + "/srv"))
        #expect(place(top, for: local, in: bound) == .success(top), "what is hidden is left out by the agent")
        #expect(place("/", for: local, in: bound) == .failure(.outside(roots: [top])))
        #expect(place(top + "/data", for: local, in: bound) == .failure(.serversOwn))
    }

    /// What came to be the server's own after the start is not given away either.
    @Test func whatBecomesTheServersOwnIsRefused() throws {
        let given = try roots { $0.folders.own[alice] = [top + "/srv"] }
        #expect(place(top + "/srv/other", for: alice, in: given) == .success(top + "/srv/other"))
        symlink("srv/other", top + "/later")
        mkdir(top + "/srv/other/belay", 0o700)
        for path in ["/srv", "/srv/other", "/srv/other/belay", "/later"] {
            #expect(place(top + path, for: alice, in: given) == .failure(.serversOwn), "\(path)")
        }
        #expect(place(top + "/srv/shop", for: alice, in: given) == .success(top + "/srv/shop"))
    }

    /// A root that is swapped for a link after the start leads nowhere.
    @Test func aRootIsTheFolderThatItWas() throws {
        let given = try roots { $0.folders.own[alice] = [top + "/srv/shop"] }
        rename(top + "/srv/shop", top + "/srv/moved")
        let refused: Result<String?, FolderRefusal> = .failure(.outside(roots: [top + "/srv/shop"]))
        #expect(place(top + "/srv/shop", for: alice, in: given) == refused)
        symlink("other", top + "/srv/shop")
        #expect(place(top + "/srv/shop", for: alice, in: given) == refused)
    }

    @Test(arguments: [
        ("/srv/none", "there is no folder"), ("/srv/shop/file", "there is no folder"),
        ("/srv/shop/loop", "there is no folder"), ("/srv/link", "contains a symbolic link"),
        ("/users/carol/shop", "contains a symbolic link"), ("/srv/other/../shop", "contains a symbolic link"),
        ("/data", "server's own"), ("/data/index", "server's own"), ("", "server's own"), ("/etc", "server's own"),
        ("/state/inner", "server's own"),
    ])
    func aRootThatIsNoneStopsTheStart(path: String, reason: String) throws {
        for user in [alice, nil, SessionRoots.local] {
            // The local user's own home may hold what the agent leaves out.
            if user == SessionRoots.local, path.isEmpty || path == "/etc" { continue }
            do throws(ConfigurationError) {
                _ = try roots {
                    if let user { $0.folders.own[user] = [top + path] } else { $0.folders.shared = [top + path] }
                }
                Issue.record("taken: \(path)")
            } catch {
                #expect(error.description.contains(reason), "\(error)")
                #expect(error.description.contains(user.map { "users.\($0).roots" } ?? "sessions.roots"))
            }
        }
    }

    @Test func aRelativeDataFolderIsAnError() {
        #expect(throws: ConfigurationError.self) { try roots { $0.dataDirectory = "data" } }
    }

    @Test func refusalsSayWhatToDo() {
        #expect(FolderRefusal.outside(roots: ["/srv/shop"]).description.contains("/srv/shop"))
        let many = FolderRefusal.outside(roots: (1...20).map { "/srv/\($0)" }).description
        #expect(many.contains("/srv/8 and 12 more") && !many.contains("/srv/9"))
        #expect(!FolderRefusal.serversOwn.description.contains("/"))
        #expect(!FolderRefusal.homeUnusable.description.contains("/"))
    }
}
