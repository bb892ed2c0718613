import Client
import Screen
import Terminal

/// The theme of the screen: chosen by `/theme`, read again when its file is saved, and for the terminal's background.
extension ScreenCommand {
    /// Changes to the theme with this name, or lists the themes.
    func useTheme(_ name: String?) {
        guard let name else {
            apply(.notice("themes: \(theme.library.names.joined(separator: ", ")); /theme NAME takes one"))
            return
        }
        let isTaken = restyle { (theme: inout ThemeSource) throws(ClientError) in try theme.choose(name) }
        if isTaken, let sentence = theme.keep(name) { apply(.notice(sentence)) }
    }

    /// The terminal has said its background.
    func adopt(background: RGB) {
        restyle { (theme: inout ThemeSource) throws(ClientError) in try theme.adopt(background: background) }
    }

    /// Files with these names were saved.
    func readTheme(changed names: Set<String>) {
        guard !names.isDisjoint(with: theme.paths.map { LocalTime.lastComponent($0) }) else { return }
        restyle { (theme: inout ThemeSource) throws(ClientError) in try theme.read() }
    }

    /// Takes another theme; one that cannot be used leaves the present one as it is.
    ///
    /// - Returns: Whether another was taken.
    @discardableResult
    private func restyle(_ change: (inout ThemeSource) throws(ClientError) -> Theme?) -> Bool {
        do throws(ClientError) {
            guard let next = try change(&theme) else { return false }
            files.watch(theme.folders)
            apply(.restyled(next))
            return true
        } catch {
            apply(.notice("the theme stays as it is: \(error)"))
            return false
        }
    }
}
