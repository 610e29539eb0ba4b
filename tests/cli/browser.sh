# A browser for the tests of pages: Debian's chromium, spoken to through its driver by curl
# (the W3C's WebDriver). Sourced after lib.sh.
#
#   browse PAGE       opens a file
#   js 'CODE'         runs CODE in the page and prints what it returns, a text or a number
#   press SELECTOR K  types K into the element, tab ARROW_RIGHT and the like by their names
#   click SELECTOR    as a mouse does
#   is 'CODE' VALUE   what CODE returns
for needed in chromium chromedriver curl; do
    command -v $needed >/dev/null || {
        echo "SKIPPED $(basename "$0"): no $needed here (Debian's chromium, chromium-driver, curl)"
        exit 77
    }
done

driver=
session=
browser_end() {
    [ -z "$session" ] || curl -s -m 20 -X DELETE "$driver/session/$session" >/dev/null
    [ -z "${driver_process:-}" ] || kill "$driver_process" 2>/dev/null
    rm -rf "$folder" "$folder.inputs"
}
trap browser_end EXIT

# ask METHOD PATH [BODY]: what the driver answers.
ask() {
    if [ $# -eq 3 ]; then
        printf '%s' "$3" >request
        curl -s -m 20 -X "$1" -H 'Content-Type: application/json' --data-binary @request "$driver$2"
    else
        curl -s -m 20 -X "$1" "$driver$2"
    fi
}

# The value in an answer: a text without its quotes, or a number.
value() {
    sed 's/^{"value"://; s/}$//; s/^"//; s/"$//; s/\\u003C/</g'
}

browser_begin() {
    mkdir -p home saved
    chromedriver --port=0 >driver.log 2>&1 &
    driver_process=$!
    tries=0
    until grep -q 'started successfully on port' driver.log; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || {
            echo "SKIPPED $(basename "$0"): chromedriver does not start: $(tail -1 driver.log)"
            exit 77
        }
        sleep 0.1
    done
    driver=http://127.0.0.1:$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' driver.log)
    answer=$(ask POST /session '{"capabilities":{"alwaysMatch":{"goog:loggingPrefs":{"browser":"ALL"},
        "goog:chromeOptions":{"args":["--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage",
        "--no-first-run","--disable-background-networking","--user-data-dir='"$folder"'/profile"],
        "prefs":{"download.default_directory":"'"$folder"'/saved","download.prompt_for_download":false}}}}}')
    session=$(printf '%s' "$answer" | sed -n 's/.*"sessionId":"\([0-9a-f]*\)".*/\1/p')
    [ -n "$session" ] || {
        echo "SKIPPED $(basename "$0"): no browser starts: $(printf '%s' "$answer" | head -c 300)"
        exit 77
    }
}

browse() {
    ask POST "/session/$session/url" "{\"url\":\"file://$1\"}" >/dev/null
}
js() { # CODE without double quotes and backslashes
    ask POST "/session/$session/execute/sync" "{\"script\":\"$1\",\"args\":[]}" | value
}
cdp() { # COMMAND PARAMETERS of the browser's own protocol
    ask POST "/session/$session/goog/cdp/execute" "{\"cmd\":\"$1\",\"params\":$2}" >/dev/null
}
element() {
    ask POST "/session/$session/element" "{\"using\":\"css selector\",\"value\":\"$1\"}" |
        sed -n 's/.*"element-[0-9a-f-]*":"\([^"]*\)".*/\1/p'
}
click() {
    ask POST "/session/$session/element/$(element "$1")/click" '{}' >click
    grep -q '"error"' click && wrong "click $1: $(head -c 300 click)"
    return 0
}
press() {
    case $2 in
        LEFT) keys='\uE012' ;;
        UP) keys='\uE013' ;;
        RIGHT) keys='\uE014' ;;
        DOWN) keys='\uE015' ;;
        END) keys='\uE010' ;;
        HOME) keys='\uE011' ;;
        TAB) keys='\uE004' ;;
        ENTER) keys='\uE007' ;;
        SPACE) keys=' ' ;;
        *) keys=$2 ;;
    esac
    ask POST "/session/$session/element/$(element "$1")/value" "{\"text\":\"$keys\"}" >press
    grep -q '"error"' press && wrong "press $1 $2: $(head -c 300 press)"
    return 0
}
is() {
    checks=$((checks + 1))
    got=$(js "$1")
    [ "$got" = "$2" ] || {
        : >out
        : >err
        wrong "$1: '$got', expected '$2'"
    }
}

# Nothing was said in the console (which tells what the content policy stops), and nothing
# asked of anybody.
browser_was_quiet() {
    is 'return performance.getEntriesByType(`resource`).filter((r) => !/^(data|blob):/.test(r.name)).length' 0
    checks=$((checks + 1))
    ask POST "/session/$session/se/log" '{"type":"browser"}' >console
    grep -q '"message"' console && wrong "the console says: $(head -c 500 console)"
    return 0
}
