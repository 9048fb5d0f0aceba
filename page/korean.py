"""Every text of the page in Korean, by the English text. A part in braces stands for what differs each time."""

from __future__ import annotations

from . import texts

KOREAN = {
    texts.INTRODUCTION: """
# Hum2Guitar
멜로디를 허밍이나 노래, 휘파람으로 들려주세요. 음높이와 박자를 그대로 살려 어쿠스틱 기타 연주로 돌려드려요.
""",
    "Your hum": "내 허밍",
    "Upload": "올리기",
    "Both, to compare": "둘 다 만들어 비교하기",
    "Take {number}": "테이크 {number}",
    "Takes of this visit": "이번 방문의 테이크",
    "An example: {name}": "예시: {name}",
    "{name}: before your latest change": "{name}: 마지막으로 바꾸기 전이에요",
    "Previous take: {name}": "이전 테이크: {name}",
    "{name}: not finished": "{name}: 끝나지 않았어요",
    texts.NEW_ANALYSIS: "이 설정으로 들으려면 녹음을 다시 분석해야 해요. '기타로 바꾸기'를 눌러 주세요.",
    texts.CANCELLED["stale"]: (
        "취소했어요. 기타는 설정을 바꾸기 전의 연주예요. 새 설정으로 들으려면 '기타로 바꾸기'를 눌러 주세요."
    ),
    texts.CANCELLED["previous"]: "취소했어요. 이 테이크는 바꾸지 않았고, 이전 테이크는 그대로 있어요.",
    texts.CANCELLED["unfinished"]: (
        "취소했어요. 준비된 그림만 있고 기타 소리는 없어요. 다시 하려면 '기타로 바꾸기'를 눌러 주세요."
    ),
    texts.CANCELLED["current"]: "취소했어요. 두 소리 가운데 첫째만 만들었고, 둘째는 만들지 않았어요.",
    "Convert": "기타로 바꾸기",
    "Cancel": "취소",
    "No microphone? Try one of these": "마이크가 없다면 예시로 들어 보세요",
    "Ode to Joy, low voice": "환희의 송가, 낮은 목소리",
    "Greensleeves, high voice": "그린슬리브스, 높은 목소리",
    "Frère Jacques, whistled": "프레르 자크, 휘파람",
    texts.PRIVACY: """
녹음은 이번 변환에만 쓰여요. 녹음과 결과는 임시 파일로만 보관하고, 두 시간 안에 서버에서 지워요.
다른 서버로는 아무것도 보내지 않아요.
""",
    "The guitar": "기타 연주",
    "Natural": "자연스러운 소리",
    "**Heard:** {summary}.": "**들은 멜로디:** {summary}.",
    "**Heard:** {summary} ({seconds} s).": "**들은 멜로디:** {summary} ({seconds}초 걸렸어요).",
    "⚠️ {warning}": "⚠️ {warning}",
    texts.PICTURE: (
        "같은 시간 축에 그린 그림 네 장: 신뢰도와 음표를 함께 나타낸 기본 주파수(F0), 허밍의 멜 스펙트로그램, "
        "음의 시작을 표시한 시맨틱 하모닉스, 기타의 멜 스펙트로그램"
    ),
    "Notes and timings": "음표와 걸린 시간",
    "More settings": "더 많은 설정",
    texts.NO_RECORDING: (
        "아직 녹음이 없어요. 허밍을 녹음하거나 파일을 올리거나 예시를 골라 주세요 "
        "(방금 한 녹음은 도착하기까지 잠시 걸려요)"
    ),
    texts.TOO_MANY: "지금 기다리는 변환이 너무 많아요. 잠시 뒤에 다시 시도해 주세요",
    "classic": "클래식",
    texts.GONE: "화면에 보이는 녹음이 서버에 더 이상 없어요. 다시 녹음하거나 올리거나 예시를 골라 주세요",
    texts.NO_GUITAR: "이 테이크의 기타 소리가 아직 없어요. '기타로 바꾸기'를 눌러 주세요",
    texts.TOO_MANY_NOTES: "음이 {count}개보다 많아요. 몇 개를 지워 주세요",
    texts.TOO_LONG: (
        "변환이 {minutes}분 넘게 걸려서 멈췄어요. 더 짧게 녹음하거나, 음높이 추적을 SwiftF0로 바꾸고 "
        "반복 횟수를 줄여 주세요"
    ),
    texts.FAILED: "서버에 문제가 생겼어요. 다시 시도하거나 다른 녹음으로 해 보세요.",
    texts.WRONG_KIND: "{parameter} 값이 {value}예요. {wanted} 값을 주거나 비워 두세요",
    texts.NO_FILE: "녹음 {value}은(는) 파일이 아니에요. gradio_client.handle_file처럼 먼저 올려 주세요",
    texts.UNUSABLE: "쓸 수 없는 값이 있어요. API 페이지에서 값마다 무엇을 쓸 수 있는지 확인해 주세요.",
    texts.WRONG_NAMES: "{reason}. 매개변수의 이름은 API 페이지에 있어요.",
    "Waiting: {before} before you": "기다리는 중이에요. 앞에 {before}건이 있어요",
    "Waiting: you are next": "기다리는 중이에요. 바로 다음 차례예요",
    texts.WARMING_UP: "서버가 방금 시작해서 준비하고 있어요. 곧 차례가 와요",
    "Reading the recording": "녹음을 읽고 있어요",
    "Listening for the pitch": "음높이를 듣고 있어요",
    "Choosing the octave": "옥타브를 고르고 있어요",
    "Drawing the harmonics": "배음을 그리고 있어요",
    "Playing the guitar": "기타를 연주하고 있어요",
    "Turning the picture into sound": "그림을 소리로 바꾸고 있어요",
    "Turning it into sound another way": "다른 방법으로도 소리를 만들고 있어요",
    "Drawing the picture": "그림을 그리고 있어요",
    # the recorder
    texts.RECORDER["quiet"]: "소리가 너무 작아요. 더 크게, 또는 마이크에 더 가까이에서 허밍해 주세요",
    "Good level": "소리 크기가 적당해요",
    texts.RECORDER["loud"]: "소리가 너무 커요. 더 작게, 또는 마이크에서 조금 떨어져서 허밍해 주세요",
    texts.RECORDER["unprocessed"]: "브라우저가 허밍을 있는 그대로 녹음하고 있어요",
    texts.RECORDER["echoCancellation"]: "꺼 달라고 했지만 브라우저가 에코를 제거하고 있어요. 긴 음이 작아질 수 있어요",
    texts.RECORDER[
        "noiseSuppression"
    ]: "꺼 달라고 했지만 브라우저가 잡음을 줄이고 있어요. 허밍 일부가 지워질 수 있어요",
    texts.RECORDER[
        "autoGainControl"
    ]: "꺼 달라고 했지만 브라우저가 음량을 자동으로 맞추고 있어요. 셈여림이 사라질 수 있어요",
    texts.RECORDER["NotAllowedError"]: (
        "브라우저가 이 페이지의 마이크 사용을 막고 있어요. 주소창에서 마이크를 허용한 다음 페이지를 새로 고쳐 주세요."
    ),
    texts.RECORDER["NotFoundError"]: "마이크를 찾지 못했어요. 마이크를 연결하거나 시스템 설정에서 골라 주세요.",
    texts.RECORDER["NotReadableError"]: (
        "다른 프로그램이 마이크를 쓰고 있어요. 그 프로그램을 닫고 녹음 버튼을 다시 눌러 주세요."
    ),
    texts.RECORDER["insecure"]: "마이크는 https 페이지나 localhost에서만 쓸 수 있어요. https로 다시 열어 주세요.",
    "The browser does not offer a microphone.": "브라우저에서 마이크를 쓸 수 없어요.",
    "You can always upload a file.": "언제든 파일을 올릴 수도 있어요.",
    # the choices
    "Guitar": "기타",
    "Recommended guitar": "추천 기타",
    "Classical guitar": "클래식 기타",
    "Steel-string guitar": "통기타",
    "Classical guitar {number}": "클래식 기타 {number}",
    "Steel-string guitar {number}": "통기타 {number}",
    "{kind}, all of them mixed": "{kind} 모두 섞기",
    "Mixed with": "함께 섞을 기타",
    "Nothing": "섞지 않음",
    "How much of the second": "두 번째 기타의 비율",
    "Articulation": "연주 방식",
    "Plucked: every note rings like a string": "뜯기: 음마다 줄을 튕긴 듯 울려요",
    "Follow: swells as the hum does": "따라가기: 허밍의 셈여림을 그대로 따라요",
    "Transposition": "음높이 옮기기",
    "Choose, or type a number of semitones": "목록에서 고르거나 반음 수를 입력하세요",
    "Automatic: a guitar's octave": "자동: 기타에 맞는 옥타브",
    "Two octaves down": "두 옥타브 아래",
    "One octave down": "한 옥타브 아래",
    "As hummed": "허밍한 그대로",
    "One octave up": "한 옥타브 위",
    "Two octaves up": "두 옥타브 위",
    "Capo at fret": "카포를 끼울 프렛",
    "Raises every note by that many semitones": "프렛 수만큼 모든 음이 반음씩 높아져요",
    "Strings": "줄 조율",
    "For the tablature: how the open strings are tuned": "타브 악보에 쓰여요: 개방현을 어떻게 조율하는지 정해요",
    "Standard (E A D G B E)": "표준 (미 라 레 솔 시 미)",
    "Drop D (D A D G B E)": "드롭 D (레 라 레 솔 시 미)",
    "DADGAD": "DADGAD",
    "Open G (D G D G B D)": "오픈 G (레 솔 레 솔 시 레)",
    "Tuning": "음정 맞추기",
    "Vibrato and slides stay": "비브라토와 슬라이드는 그대로 남아요",
    "To semitones": "가까운 반음으로",
    "To the key that is heard": "들리는 조성에 맞춰",
    "How far to tune": "맞추는 정도",
    "Move to the beat": "박자에 맞추기",
    "0: notes stay where they were hummed; swing stays": "0이면 허밍한 박자 그대로예요. 스윙은 남아요",
    "Beats a minute": "템포 (분당 박 수)",
    "0: the tempo that fits the notes": "0이면 음에 맞는 템포를 찾아요",
    "Body and room": "울림통과 공간",
    "Adds the body of another guitar and a room; 0: none": (
        "다른 기타의 울림통과 방의 울림을 더해요. 0이면 더하지 않아요"
    ),
    "Pitch tracker": "음높이 추적",
    "SwiftF0 (fast and reliable)": "SwiftF0 (빠르고 정확해요)",
    "CREPE tiny": "CREPE tiny",
    "CREPE full (slow: several times the length of the recording)": "CREPE full (느려요: 녹음 길이의 몇 배가 걸려요)",
    "pYIN": "pYIN",
    "Cepstrum (the original method)": "켑스트럼 (원작의 방법)",
    "Sound": "소리",
    "Classic (Griffin-Lim)": "클래식 (Griffin-Lim)",
    "Vocoder (a small network)": "보코더 (작은 신경망)",
    "Griffin-Lim iterations": "Griffin-Lim 반복 횟수",
    "Seed": "난수 시드",
}

SENTENCES = {  # what hum2guitar says about a conversion, and api about values
    "1 note": "음 1개",
    "{count} notes": "음 {count}개",
    "at the pitch of the hum": "허밍한 음높이 그대로",
    "moved up one octave": "한 옥타브 위로",
    "moved up two octaves": "두 옥타브 위로",
    "moved up three octaves": "세 옥타브 위로",
    "moved down one octave": "한 옥타브 아래로",
    "moved down two octaves": "두 옥타브 아래로",
    "moved down three octaves": "세 옥타브 아래로",
    "moved up one semitone": "반음 1개 위로",
    "moved down one semitone": "반음 1개 아래로",
    "moved up two semitones": "반음 2개 위로",
    "moved down two semitones": "반음 2개 아래로",
    "moved up three semitones": "반음 3개 위로",
    "moved down three semitones": "반음 3개 아래로",
    "moved up {count} semitones": "반음 {count}개 위로",
    "moved down {count} semitones": "반음 {count}개 아래로",
    "capo at fret {fret}": "카포 {fret}프렛",
    "tuned to semitones": "가까운 반음에 맞춤",
    "tuned to {key} major": "{key} 장조에 맞춤",
    "tuned to {key} minor": "{key} 단조에 맞춤",
    "only {share} % of the sound had a clear pitch: this may not be your melody; hum alone, closer to the microphone": (
        "소리의 {share} %에서만 음높이가 뚜렷했어요. 멜로디가 다를 수 있으니, 조용한 곳에서 마이크에 더 가까이 "
        "허밍해 주세요"
    ),
    "the recording is clipped ({share} % of it at full scale); hum farther from the microphone": (
        "소리가 너무 커서 녹음이 찌그러졌어요(전체의 {share} %). 마이크에서 조금 떨어져서 허밍해 주세요"
    ),
    "the recording is sampled at {rate} Hz, telephone quality; pitch is found better at 16 kHz or more": (
        "녹음이 {rate} Hz라서 전화 음질이에요. 16 kHz 이상이면 음높이를 더 잘 찾아요"
    ),
    "{notes} lies outside {range}; {advice}": "{notes} 음이 {range}을 벗어나요. {advice}",
    "{notes} lie outside {range}; {advice}": "{notes} 음이 {range}을 벗어나요. {advice}",
    "{notes} and {count} more": "{notes} 외 {count}개",
    "the guitar's range, {low} to {high}": "기타의 음역({low}~{high})",
    "the guitar's range with a capo at fret {fret}, {low} to {high}": "카포 {fret}프렛에서 기타의 음역({low}~{high})",
    "the transposition {semitones} keeps every note within it": "음높이를 {semitones} 옮기면 모든 음이 들어와요",
    "no octave holds the whole melody; hum a smaller span": (
        "멜로디가 다 들어가는 옥타브가 없어요. 더 좁은 음역으로 허밍해 주세요"
    ),
    "no octave holds the whole melody; take the capo off or hum a smaller span": (
        "멜로디가 다 들어가는 옥타브가 없어요. 카포를 빼거나 더 좁은 음역으로 허밍해 주세요"
    ),
    "{name} is a folder; name a recording in it": "{name}은(는) 폴더예요. 그 안의 녹음을 골라 주세요",
    "there is no file {name}; check the name, or record again": (
        "{name} 파일이 없어요. 이름을 확인하거나 다시 녹음해 주세요"
    ),
    "the file {name} is empty; record again, or choose another file": (
        "{name} 파일이 비어 있어요. 다시 녹음하거나 다른 파일을 골라 주세요"
    ),
    "the file {name} is not a recording that can be read; use wav, flac, ogg, mp3, m4a, webm or mp4": (
        "{name} 파일은 읽을 수 있는 녹음이 아니에요. wav, flac, ogg, mp3, m4a, webm, mp4 중 하나로 올려 주세요"
    ),
    "the file {name} cannot be opened: {reason}; choose another file": (
        "{name} 파일을 열 수 없어요({reason}). 다른 파일을 골라 주세요"
    ),
    "the file {name} holds no sound; choose a recording": "{name} 파일에 소리가 없어요. 녹음 파일을 골라 주세요",
    "the file {name} holds no sound; record again, or choose another file": (
        "{name} 파일에 소리가 없어요. 다시 녹음하거나 다른 파일을 골라 주세요"
    ),
    "the {what} of {name} changes midway; export it again as one recording, as wav or flac": (
        "{name} 파일의 형식({what})이 중간에 바뀌어요. wav나 flac으로 다시 내보내 주세요"
    ),
    "the file {name} could not be decoded in {seconds} seconds; export it again as wav or flac": (
        "{name} 파일을 {seconds}초 안에 풀지 못했어요. wav나 flac으로 다시 내보내 주세요"
    ),
    "the file {name} needs too much memory to be decoded; export it again as wav or flac": (
        "{name} 파일을 푸는 데 메모리가 너무 많이 필요해요. wav나 flac으로 다시 내보내 주세요"
    ),
    "the file {name} stopped its decoder; export it again as wav or flac": (
        "{name} 파일을 풀다가 멈췄어요. wav나 flac으로 다시 내보내 주세요"
    ),
    "the waveform has the shape {shape}; give (samples,) or (samples, channels)": (
        "파형의 모양이 {shape}이에요. (샘플,) 또는 (샘플, 채널)이어야 해요"
    ),
    "the recording lasts {seconds} s; hum for at least {least} s": (
        "녹음이 {seconds}초예요. 적어도 {least}초는 허밍해 주세요"
    ),
    "the recording is longer than {minutes} minutes; cut it into shorter pieces": (
        "녹음이 {minutes}분보다 길어요. 더 짧게 나눠 주세요"
    ),
    "the recording is longer than {minutes} minutes, the maximum at {rate} Hz; cut it into shorter pieces, or "
    "export it "
    "at 48000 Hz": "녹음이 {rate} Hz에서 가능한 {minutes}분보다 길어요. 더 짧게 나누거나 48000 Hz로 내보내 주세요",
    "the sample rate is {rate} Hz; use a recording between {low} and {high} Hz": (
        "샘플링 주파수가 {rate} Hz예요. {low}~{high} Hz인 녹음을 써 주세요"
    ),
    "the recording has samples that are not numbers (NaN or infinite); export it again": (
        "녹음에 숫자가 아닌 값(NaN 또는 무한대)이 있어요. 다시 내보내 주세요"
    ),
    "the recording has samples of {times} times full scale; export it again, as wav or flac": (
        "녹음에 최대 크기의 {times}배인 값이 있어요. wav나 flac으로 다시 내보내 주세요"
    ),
    "the recording is silent; check that the right microphone is chosen and not muted": (
        "녹음에 소리가 없어요. 마이크를 제대로 골랐는지, 음소거되지 않았는지 확인해 주세요"
    ),
    "the recording sounds at {hz} Hz, and pitch is searched up to {limit} Hz; whistle or hum lower": (
        "녹음의 음높이가 {hz} Hz인데, {limit} Hz까지만 찾을 수 있어요. 더 낮게 휘파람을 불거나 허밍해 주세요"
    ),
    "the recording sounds at {hz} Hz, and pitch is searched from {limit} Hz up; hum higher": (
        "녹음의 음높이가 {hz} Hz인데, {limit} Hz부터 찾을 수 있어요. 더 높게 허밍해 주세요"
    ),
    "no pitch was heard in the recording; hum or sing a melody, closer to the microphone": (
        "녹음에서 음높이를 듣지 못했어요. 마이크에 더 가까이에서 멜로디를 허밍하거나 노래해 주세요"
    ),
    "there is no {what} {name}; choose one of {names}": (
        "{what}: {name}은(는) 고를 수 없어요. {names} 중에서 골라 주세요"
    ),
    "a capo at fret {fret} is not possible; choose a whole number from 0 (none) to {most}": (
        "카포를 {fret}프렛에 끼울 수 없어요. 0(없음)부터 {most}까지의 정수를 골라 주세요"
    ),
    "the tuning strength {value} is not possible; choose a number from 0 to 1": (
        "음정을 맞추는 정도로 {value}은(는) 쓸 수 없어요. 0부터 1까지의 수를 골라 주세요"
    ),
    "the strength of quantising {value} is not possible; choose a number from 0 to 1": (
        "박자에 맞추는 정도로 {value}은(는) 쓸 수 없어요. 0부터 1까지의 수를 골라 주세요"
    ),
    "a tempo of {value} beats a minute is not possible; choose a number from {least} to {most}, or 0 for the tempo "
    "that fits": (
        "템포 {value}은(는) 쓸 수 없어요. {least}부터 {most}까지의 수, 또는 음에 맞는 템포를 찾는 0을 골라 주세요"
    ),
    "notes cannot be moved to the beat in follow, which keeps the recording's level; use plucked": (
        "따라가기에서는 녹음의 셈여림을 그대로 쓰기 때문에 박자에 맞출 수 없어요. 뜯기를 골라 주세요"
    ),
    "the amount of body {value} is not possible; choose a number from 0 (none) to 1": (
        "울림통의 양으로 {value}은(는) 쓸 수 없어요. 0(없음)부터 1까지의 수를 골라 주세요"
    ),
    "{value} Griffin-Lim iterations are not possible; choose a whole number from 0 to {most}": (
        "Griffin-Lim을 {value}번 반복할 수 없어요. 0부터 {most}까지의 정수를 골라 주세요"
    ),
    "the seed {value} is not possible; choose a whole number from 0 to {most}": (
        "시드로 {value}은(는) 쓸 수 없어요. 0부터 {most}까지의 정수를 골라 주세요"
    ),
    "the transposition {value} is neither auto nor a whole number of semitones; choose auto or a number from "
    "{least} to "
    "{most}": "음높이를 {value}만큼 옮길 수 없어요. 자동, 또는 {least}부터 {most}까지의 정수를 골라 주세요",
    "the transposition {value} is not possible; choose auto or a whole number of semitones from {least} to {most}": (
        "음높이를 {value}만큼 옮길 수 없어요. 자동, 또는 {least}부터 {most}까지의 정수를 골라 주세요"
    ),
    "there is no guitar {name} in this checkpoint; choose one of: {names}, or a mix such as NAME:0.7,NAME:0.3": (
        "{name} 기타는 없어요. {names} 중에서 고르거나 NAME:0.7,NAME:0.3처럼 섞어 주세요"
    ),
    "the mix of guitars {mix} has no share above 0; give one, such as NAME:0.7,NAME:0.3": (
        "섞은 기타 {mix}에 0보다 큰 비율이 없어요. NAME:0.7,NAME:0.3처럼 적어 주세요"
    ),
    "the share {share} of the guitar {name} is not a number of 0 or more; write {name_again}:0.7": (
        "{name} 기타의 비율 {share}은(는) 0 이상의 수가 아니에요. {name_again}:0.7처럼 적어 주세요"
    ),
    "{low} to {high}": "{low}~{high}",
    "a text": "글자",
    "a number": "숫자",
    "a whole number": "정수",
    "a whole number or a text": "정수나 글자",
    "tracker": "음높이 추적 방식",
    "tuning": "음정 맞추기",
    "articulation": "연주 방식",
    "inversion": "소리 만들기 방식",
    "sample rate": "샘플링 주파수",
    "number of channels": "채널 수",
    "order of channels": "채널 순서",
    "sample format": "샘플 형식",
}
