# shellcheck shell=sh disable=SC2034,SC2154 # set here for others, and by others for this
# experiment.sh: the command line that all experiments have. Sourced with the command line in "$@" and
#   usage()   prints how it is used
#   $program  the trainer that the build directory must have
#   $options  names of the options that take a value (a default is what a variable of that name has)
#   $flags    names of those that take none
# Sets $build, and a variable per option ("yes" for a flag); leaves in "$@" what stood behind --.
set -eu

refuse() {
    echo "${0##*/}: $1 (see --help)" >&2
    exit 2
}

# whole NAME...: the options are whole numbers from 1 to 99,999.
whole() {
    for name in "$@"; do
        eval "value=\$$name"
        case $value in
        '' | *[!0-9]* | 0* | ??????*) refuse "--$name wants a whole number from 1" ;;
        esac
    done
}

# make_work: $work, a directory that goes away with the experiment.
make_work() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# keep_in DIR SETTING...: DIR is there and holds what these settings give, or nothing yet.
keep_in() {
    mkdir -p "$1"
    kept=$1/settings
    shift
    if [ -s "$kept" ] && [ "$*" != "$(cat "$kept")" ]; then
        refuse "--out has results of other settings: $(cat "$kept"); these are: $*"
    fi
    echo "$*" >"$kept"
}

case ${1:-} in
--help) usage && exit 0 ;;
'' | -*) refuse "wants the build directory first" ;;
esac
if ! [ -x "$1/koopmon" ] || ! [ -x "$1/examples/$program" ]; then
    refuse "$1 has no koopmon and examples/$program; ./dev build makes them"
fi
build=$(cd "$1" && pwd)
shift
while [ $# -gt 0 ]; do
    case $1 in
    --) shift && break ;;
    --help) usage && exit 0 ;;
    --*[!a-z]* | [!-]* | -[!-]*) refuse "no option $1" ;;
    esac
    case " $flags " in
    *" ${1#--} "*)
        eval "${1#--}=yes"
        shift
        continue
        ;;
    esac
    case " $options " in
    *" ${1#--} "*) [ $# -ge 2 ] || refuse "$1 wants a value" ;;
    *) refuse "no option $1" ;;
    esac
    eval "${1#--}=\$2"
    shift 2
done
