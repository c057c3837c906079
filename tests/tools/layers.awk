# Reads app/LAYERS, then the sources: refuses an include that the file does not allow, and a LAYERS
# line that names a later one, so that no circle can even be written down.
FNR == NR {
    if (/^#/ || !NF)
        next
    folder = $1
    sub(":", "", folder)
    known[folder] = 1
    for (i = 2; i <= NF; i++) {
        if (!known[$i])
            complain("LAYERS: " folder " names " $i ", which comes later or not at all")
        may[folder, $i] = 1
    }
    next
}

function complain(words)
{
    print words
    failed = 1
}

FNR == 1 {
    depth = split(FILENAME, part, "/")
    from = depth == 2 ? "main" : part[2]
    if (!known[from])
        complain(FILENAME ": app/LAYERS does not name its folder")
}

match($0, /^#include "[a-z_]+\//) {
    to = substr($0, 11, RLENGTH - 11)
    if (to != from && !((from, to) in may))
        complain(FILENAME ":" FNR ": " from " may not include " to)
}

/^#include ".*\.\.\// {
    complain(FILENAME ":" FNR ": no ../ in an include")
}

END {
    exit failed
}
