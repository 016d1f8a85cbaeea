package cli

import (
	"fmt"
	"os"
	"strings"
	"unicode"
)

// ours is what the variables that are options begin with.
const ours = "FLAGSTONE_"

// unsetEmptyVariables makes an empty variable count as one that is not set, as files of variables leave many empty.
func unsetEmptyVariables() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, ours) && value == "" {
			_ = os.Unsetenv(name) // a name without "=" can be unset
		}
	}
}

// checkCharacters refuses control characters in arguments and variables: a carriage return that a file written on Windows
// leaves at the end of a line would become part of a password or of a file's name.
func checkCharacters(args, variables []string) error {
	for i, arg := range args {
		if hasControl(arg) {
			name, _, isOption := strings.Cut(arg, "=")
			if !isOption || !strings.HasPrefix(name, "--") || hasControl(name) {
				name = fmt.Sprintf("argument %d", i+1)
			}
			return controlCharacter(name)
		}
	}
	for _, variable := range variables {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, ours) && hasControl(value) {
			return controlCharacter(name)
		}
	}
	return nil
}

func hasControl(text string) bool { return strings.ContainsFunc(text, unicode.IsControl) }

func controlCharacter(where string) error {
	return fmt.Errorf("%s has a control character in it, such as the carriage return at the end of a line written on Windows: remove it", where)
}
