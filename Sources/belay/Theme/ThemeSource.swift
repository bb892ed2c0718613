import Client
import Platform
import Screen

/// The theme in use: which one was chosen for dark and for light terminals, and what it is painted on.
struct ThemeSource {
    /// What was chosen.
    enum Choice: Hashable, Sendable {
        /// The file of `--theme`.
        case file(String)
        /// Names, by `BELAY_THEME`, the configuration, or `/theme`, now or in an earlier chat.
        case named(dark: String, light: String)
    }

    let library: ThemeLibrary
    private(set) var choice: Choice
    private(set) var canvas: Canvas
    /// Whether the user said which appearance is wanted, so that the terminal is not asked.
    private let isFixed: Bool
    /// Where a choice of `/theme` is kept; `nil` when something else decides at the next start.
    private let kept: KeptTheme?
    /// The files that the present theme was read from.
    private(set) var paths: Set<String> = []

    /// The theme that was chosen: by `--theme`, else by `BELAY_THEME`, else by the configuration.
    init(_ place: borrowing Place, file: String?, environment: [String: String]) {
        let settings = place.configuration.screen
        library = ThemeLibrary(configuration: place.folders.configuration)
        let own = KeptTheme(folder: place.folders.state)
        var isOwn = false
        if let file {
            choice = .file(file)
        } else if let name = environment["BELAY_THEME"], !name.isEmpty {
            choice = .named(dark: name, light: name)
        } else {
            isOwn = settings.themeOnDark == nil && settings.themeOnLight == nil
            let standard = isOwn ? own.name ?? KeptTheme.standard : KeptTheme.standard
            choice = .named(dark: settings.themeOnDark ?? standard, light: settings.themeOnLight ?? standard)
        }
        kept = isOwn ? own : nil
        isFixed = settings.appearance != .auto
        let isLight = isFixed ? settings.appearance == .light : ThemeSource.isLight(environment)
        canvas = Canvas(appearance: isLight ? .light : .dark)
    }

    /// What a terminal says about its background in `COLORFGBG`: its last number is one of the sixteen colours.
    private static func isLight(_ environment: [String: String]) -> Bool {
        ["7", "15"].contains(environment["COLORFGBG"]?.split(separator: ";").last.map(String.init))
    }

    /// The folders of the files.
    var folders: Set<String> {
        Set(paths.map { path in path.lastIndex(of: "/").map { String(path[..<$0]) + "/" } ?? "." })
    }

    /// Reads the theme for this number of colours. One that was kept and cannot be used any more keeps nobody from the
    /// chat.
    mutating func begin(depth: ColorDepth) throws(ClientError) -> Theme {
        canvas.depth = depth
        do throws(ClientError) { return try read() } catch {
            guard kept != nil else { throw error }
            choice = .named(dark: KeptTheme.standard, light: KeptTheme.standard)
            return try read()
        }
    }

    /// Reads the theme anew; the files that it is read from are ``paths`` afterwards.
    mutating func read() throws(ClientError) -> Theme {
        let chain = try chain(choice)
        paths.formUnion(chain.files.filter { !$0.isBuiltIn }.map(\.place))
        let theme = try chain.theme(on: canvas)
        paths = Set(chain.files.filter { !$0.isBuiltIn }.map(\.place))
        return theme
    }

    /// Changes to the theme with this name, for dark and for light.
    mutating func choose(_ name: String) throws(ClientError) -> Theme {
        let next = Choice.named(dark: name, light: name)
        _ = try chain(next).theme(on: canvas)
        choice = next
        return try read()
    }

    /// Keeps the present choice of `/theme` for the next start.
    ///
    /// - Returns: A sentence for the user when it will not be there then.
    func keep(_ name: String) -> String? {
        guard let kept else { return "until you leave: --theme, BELAY_THEME or the configuration decides at the start" }
        do throws(SystemError) { try kept.keep(name) } catch { return "the theme is not kept: \(error)" }
        return nil
    }

    /// The terminal has said its background: the theme for it, unless nothing changes.
    mutating func adopt(background: RGB) throws(ClientError) -> Theme? {
        let before = canvas
        canvas.background = background
        if !isFixed { canvas.appearance = background.isDark ? .dark : .light }
        return canvas == before ? nil : try read()
    }

    private func chain(_ choice: Choice) throws(ClientError) -> ThemeChain {
        switch choice {
        case .file(let path): try library.chain(path: path)
        case .named(let dark, let light): try library.chain(canvas.appearance == .dark ? dark : light)
        }
    }
}
