package main

import (
	"fmt"
	"os"
)

// completionCommand prints what makes a shell complete commands, flags and their values, which it asks the program for.
type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish: source <(storegraph completion bash)"`
}

// completions register the program, by its path, with a shell.
var completions = map[string]string{
	"bash": "complete -o default -C %[1]q storegraph\n",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C %[1]q storegraph\n",
	"fish": `function __complete_storegraph
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    %[1]q
end
complete -f -c storegraph -a "(__complete_storegraph)"
`,
}

// Run prints the script of a shell.
func (c *completionCommand) Run(a *app) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, completions[c.Shell], self)
	return err
}
